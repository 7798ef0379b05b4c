"""A workflow of `.github/`, its steps run here as a runner runs them: in order, each by the shell it asks for, with the
environment it declares, and GITHUB_ files to write to."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

EXPRESSION = re.compile(r"\$\{\{ *([\w.-]+) *\}\}")
COMPARED = re.compile(r"([\w.]+) (==|!=) '([^']*)'")
# A runner's own environment has none of these.
OURS = re.compile(r"^(STAGEKIT_|STAGING_|SSH_|GITHUB_|RUNNER_|PYTEST_|LOGNAME$|VIRTUAL_ENV$)")


@dataclass(frozen=True)
class Step:
    """One step. `runs` is empty where it only uses an action."""

    name: str
    runs: str
    when: str
    env: Mapping[str, str]


@dataclass
class Run:
    """What became of a run: the steps that ran with their exit codes, and all that they said.

    summary  what is in GITHUB_STEP_SUMMARY
    env      what they left in GITHUB_ENV
    """

    codes: dict[str, int] = field(default_factory=dict)
    said: str = ""
    summary: str = ""
    env: dict[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> list[str]:
        """The steps that ended with an error."""
        return [name for name, code in self.codes.items() if code]


class Workflow:
    """The one job of a workflow file."""

    def __init__(self, path: Path) -> None:
        self.document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        (self.job,) = self.document["jobs"].values()
        assert self.document["defaults"]["run"]["shell"] == "bash"
        self.steps = [_step(raw) for raw in self.job["steps"]]

    def run(self, folder: Path, temp: Path, context: Mapping[str, str]) -> Run:
        """Runs the `run:` steps in a checkout; those after a failure only where they say `always()`.

        temp     an empty folder, RUNNER_TEMP
        context  values of expressions such as `secrets.KEY`; what is not there is empty, as GitHub has it
        """
        done = Run()
        files = {name: temp / name.lower() for name in ("GITHUB_ENV", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
        for file in files.values():
            file.touch()
        given = {key: value for key, value in os.environ.items() if not OURS.search(key)}
        given |= {name: str(file) for name, file in files.items()} | {"RUNNER_TEMP": str(temp), "CI": "true"}
        job = {key: filled(value, context) for key, value in self.job.get("env", {}).items()}
        for step in self.steps:
            if not step.runs or not wanted(step.when, context, failed=bool(done.failed)):
                continue
            own = {key: filled(value, context) for key, value in step.env.items()}
            code, said = _shell(step.runs, folder, temp, {**given, **job, **done.env, **own})
            done.codes[step.name] = code
            done.said += f"== {step.name}\n{said}"
            lines = files["GITHUB_ENV"].read_text(encoding="utf-8").splitlines()
            done.env = dict(line.split("=", 1) for line in lines)
        done.summary = files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")
        return done


def filled(text: str, context: Mapping[str, str]) -> str:
    """A text with its expressions replaced. One that is more than a name is an AssertionError."""
    found = EXPRESSION.sub(lambda match: context.get(match.group(1), ""), str(text))
    assert "${{" not in found, f"this runner does not know the expression in {text!r}"
    return found


def wanted(when: str, context: Mapping[str, str], *, failed: bool) -> bool:
    """Whether a step runs: `always()`, or, where nothing failed, no condition or a comparison that holds."""
    if when == "always()" or failed:
        return when == "always()"
    if not when:
        return True
    compared = COMPARED.fullmatch(when)
    assert compared, f"this runner does not know the condition {when!r}"
    name, mark, value = compared.groups()
    return (context.get(name, "") == value) is (mark == "==")


def _step(raw: Mapping[str, Any]) -> Step:
    assert set(raw) <= {"name", "uses", "with", "run", "if", "env"}, f"this runner does not know all of {sorted(raw)}"
    return Step(raw.get("name") or raw["uses"], raw.get("run", ""), str(raw.get("if", "")), raw.get("env", {}))


def _shell(script: str, folder: Path, temp: Path, env: Mapping[str, str]) -> tuple[int, str]:
    file = temp / "step.sh"
    file.write_text(script, encoding="utf-8")
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(file)],
        cwd=folder,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout
