"""Releases: what was or will be switched to, immutable, and what is known of them."""

from stagekit.release.record import Course, Release, ReleasedImage, ReleasedSecret, read_release

__all__ = ["Course", "Release", "ReleasedImage", "ReleasedSecret", "read_release"]
