"""The secrets of a hosted stage: which its services are granted, their versions, and where they must not stand."""

from stagekit.secrets.versions import Version, Versions, read_versions
from stagekit.secrets.wanted import Wanted, wanted

__all__ = ["Version", "Versions", "Wanted", "read_versions", "wanted"]
