"""Releases: what was or will be switched to, immutable, and what is known of them."""

from stagekit.release.record import Course, Release, ReleasedImage, read_release

__all__ = ["Course", "Release", "ReleasedImage", "read_release"]
