"""A rehearsal host: a throw-away machine in a container that stands in for a real host.

Nothing else in the kit knows of it: it is reached by STAGEKIT_HOST and STAGEKIT_SSH_CONFIG like any other.
"""

from stagekit.bootstrap.rehearsal.names import MAIN, Rehearsal, rehearsals
from stagekit.bootstrap.rehearsal.wanted import Wanted, settle

__all__ = ["MAIN", "Rehearsal", "Wanted", "rehearsals", "settle"]
