"""The project's hooks: commands of its own that run here, before and after a switch, with the release on stdin."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from stagekit.cli.place import Place
from stagekit.compose.block import Hooks
from stagekit.doors.hook import run_hook
from stagekit.doors.local import Result
from stagekit.execute import Listener
from stagekit.release import Release
from stagekit.switching.failure import hook_failed

Moment = Literal["before_deliver", "before_switch", "after_switch", "after_rollback"]
LIMIT = 120.0  # seconds


@dataclass(frozen=True)
class HookRunner:
    """Runs the hooks of one checkout."""

    place: Place
    hooks: Hooks
    listener: Listener
    limit: float = LIMIT

    def before(self, moment: Moment, release: Release) -> None:
        """Runs a hook that may stop what is about to happen. Raises ReleaseError where it fails."""
        words = self._words(moment)
        if words and not (done := self._run(moment, words, release)).ok:
            raise hook_failed(moment, shlex.join(words), done.last_lines(4))

    def after(self, moment: Moment, release: Release) -> None:
        """Runs a hook that is told what has happened; where it fails, that is said."""
        words = self._words(moment)
        if words and not (done := self._run(moment, words, release)).ok:
            said = "; ".join(text for _, text in done.last_lines(2)) or "it said nothing"
            self.listener.note(f"the hook {moment} failed with {done.code}, which changes nothing: {said}")

    def _words(self, moment: Moment) -> Sequence[str]:
        found: tuple[str, ...] = getattr(self.hooks, moment)
        return found

    def _run(self, moment: Moment, words: Sequence[str], release: Release) -> Result:
        self.listener.begin("hook", moment)
        done = run_hook(
            words,
            input=release.model_dump_json(),
            env={"STAGEKIT_STAGE": self.place.settings.stage, "STAGEKIT_HOOK": moment},
            cwd=self.place.checkout.directory,
            timeout=self.limit,
        )
        self.listener.end(moment)
        return done
