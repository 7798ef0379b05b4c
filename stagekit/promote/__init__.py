"""Bringing a release to a host: what is to be done, decided before anything is."""

from stagekit.promote.deliver import Load, Parcel, disk_need, plan_loads

__all__ = ["Load", "Parcel", "disk_need", "plan_loads"]
