"""The HTTP API. Start it with `python -m shop`."""

from shop.api.app import create_app
from shop.api.doors import Doors

__all__ = ["Doors", "create_app"]
