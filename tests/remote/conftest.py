"""The hosts that the tests of this folder work with."""

from tests.remote.delivery_fixtures import delivery_hosts, rig

__all__ = ["delivery_hosts", "rig"]
