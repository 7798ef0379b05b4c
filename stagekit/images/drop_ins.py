"""The drop-ins: what stands in for third-party images where no image registry answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

KIT_IMAGES = Path(__file__).resolve().parent.parent / "kit" / "images"

# A Compose file of its own: one build-only service for each drop-in.
DROP_INS_FILE = KIT_IMAGES / "compose.drop-ins.yaml"

MARK = "inputs-"


@dataclass(frozen=True)
class DropIn:
    """One of them.

    service   its service in compose.drop-ins.yaml
    image     its reference. The names are the kit's own, so that a drop-in never shadows an official image in an
              engine that other projects use too
    variable  what Compose files and Dockerfiles call the image it stands in for
    """

    service: str
    image: str
    variable: str

    def mark(self, inputs: str) -> str:
        """A second tag of the image, which says what it was built from. A label would make another image of it."""
        return f"{self.repository}:{MARK}{inputs[:16]}"

    def is_mark(self, reference: str) -> bool:
        """Whether a tag is such a mark of this drop-in."""
        return reference.startswith(f"{self.repository}:{MARK}")

    @property
    def repository(self) -> str:
        return self.image.rpartition(":")[0]


DROP_INS = (
    DropIn("python", "stagekit-packages/python:3.13", "PYTHON_IMAGE"),
    DropIn("node", "stagekit-packages/node:22", "NODE_IMAGE"),
    DropIn("nginx", "stagekit-packages/nginx:1.26", "NGINX_IMAGE"),
    DropIn("haproxy", "stagekit-packages/haproxy:3.0", "HAPROXY_IMAGE"),
    DropIn("postgres", "stagekit-packages/postgres:17", "POSTGRES_IMAGE"),
    DropIn("prefect", "stagekit-packages/prefect:3.8.8", "PREFECT_IMAGE"),
    DropIn("stripe-mock", "stagekit-packages/stripe-mock:0.197.0", "STRIPE_MOCK_IMAGE"),
    DropIn("mailpit", "stagekit-packages/mailpit:1.30.5", "MAILPIT_IMAGE"),
)

# What `.env` tells Compose where images come from packages.
VARIABLES = {drop_in.variable: drop_in.image for drop_in in DROP_INS}


def drop_ins_used(texts: Iterable[str]) -> tuple[DropIn, ...]:
    """The drop-ins that these Compose files ask for, by variable or by name."""
    joined = "\n".join(texts)
    return tuple(found for found in DROP_INS if found.variable in joined or found.image in joined)
