"""Images: what they are built from and where the third-party ones come from."""

from stagekit.images.inputs import Built, inputs_hash

__all__ = ["Built", "inputs_hash"]
