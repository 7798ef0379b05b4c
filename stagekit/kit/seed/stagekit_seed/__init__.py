"""Fills a Postgres with a seed: layers of files and generators, applied whole or not at all.

Needs psycopg 3 and nothing else. `python -m stagekit_seed FOLDER`; docs/data.md says how a seed is written.
"""

from .errors import SeedError
from .generate import Seed

__all__ = ["Seed", "SeedError"]
