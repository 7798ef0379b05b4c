"""The stage's database: its schema, what a release's migrations would make of it, and copies of it that are kept."""

from stagekit.database.schema import Ahead, AtHead, Finding, Pending, Schema, Unknown

__all__ = ["Ahead", "AtHead", "Finding", "Pending", "Schema", "Unknown"]
