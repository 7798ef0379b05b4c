"""What `deliver` prints at its end."""

from __future__ import annotations

from typing import Any

from stagekit.carry.result import Arrived, Delivered
from stagekit.report.text import seconds


def deliver_text(stage: str, found: Delivered) -> str:
    """One line an image that was sent, then what was moved: `0.1 MB in 0.3 s, identical ✓`."""
    sent = [image for image in found.images if image.sent]
    wide = max((len(_services(image)) for image in sent), default=0)
    lines = [f"  {_services(image):<{wide}}  {image.sent} of {_layers(image.layers)}" for image in sent]
    took = seconds(sum(found.seconds.values()))
    images = f"{len(found.images)} images"
    if not found.bytes:
        return f"{stage}: all {images} are there, identical ✓ ({took})"
    amount = f"{found.bytes / 1e6:.1f} MB, {_layers(found.layers)}"
    return "\n".join([*lines, f"{stage}: {images}, {amount} in {took}, identical ✓"])


def deliver_json(stage: str, found: Delivered) -> dict[str, Any]:
    """The same for a script; sizes in bytes, times in seconds."""
    return {
        "stage": stage,
        "store": found.store,
        "identical": True,  # anything else is an error
        "bytes": found.bytes,
        "layers": found.layers,
        "seconds": {part: round(value, 3) for part, value in found.seconds.items()},
        "images": [
            {
                "image": image.reference,
                "names": dict(image.names),
                "identity": image.identity,
                "layers": image.layers,
                "sent": image.sent,
            }
            for image in found.images
        ],
    }


def _services(image: Arrived) -> str:
    return ", ".join(image.names)


def _layers(count: int) -> str:
    return "1 layer" if count == 1 else f"{count} layers"
