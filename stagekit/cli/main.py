"""The command line: unpacks the words, calls one function per verb, turns errors into words and exit codes."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

from stagekit import __version__
from stagekit.errors import EngineError, StagekitError

# Each verb is a module of stagekit.cli with `add_parser` and a function of the verb's name.
EVERYDAY = {
    "up": "bring the stage up: build, start, seed, wait until it is ready",
    "down": "stop it and remove its containers; --volumes forgets its data too",
    "status": "what runs, how it is, where to click",
    "logs": "what a service wrote",
    "open": "open an address of the stage in the browser",
    "plan": "what a promotion would do, and why; changes nothing",
    "promote": "make these images what serves at the stage's host, with no request lost",
    "rollback": "let an earlier release serve again",
    "doctor": "check this machine and this project, with the fix for each finding",
}
MORE = {
    "build": "build the images whose files changed; start nothing",
    "releases": "what served at the stage's host, and what serves",
    "secrets": "the secrets of the stage: which there are, set one, rotate one",
    "services": "try the outside services of the stage: sign-in and payments",
    "stop": "let the stage sleep: it takes no memory, and keeps its data",
    "start": "wake a stage that was stopped, and wait until it is ready",
    "destroy": "take a stage away from its host, with its data; asks for its name",
    "trust": "let this machine's browsers trust the stage's own certificate authority",
    "claim": "hold the stage for a while: others cannot switch it",
    "exec": "run a command inside a service",
    "proxy": "a port of a service on this machine's loopback, until ^C",
    "psql": "a SQL prompt in the stage's database",
    "seed": "bring the stage's test data to what the seed says; `seed status` shows how it is",
    "reset": "put the stage's data back to its seed; what was written since is lost",
    "snapshot": "keep a copy of the stage's database",
    "snapshots": "the kept copies of the stage's database",
    "restore": "make a kept copy the stage's database again; what was written since is lost",
    "deliver": "bring the stage's images to its host: only what it lacks, proven identical",
    "images": "the images of the stage: what is where, what is shared, what could go",
    "engine": "the Docker engine in use; install, start, stop or remove an embedded one",
    "host": "make a machine a stage host, check it, say who may connect",
    "rehearsal": "a throw-away host on this machine, to try a promotion against",
    "schema": "print the JSON Schema of what stagekit reads or prints",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code."""
    # Whoever ends a job in the background, or a pipeline, says it this way: as ^C, so that nothing is half made.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    words = list(sys.argv[1:] if argv is None else argv)
    parser, verbs = _parser()
    _add_verbs(verbs, words)
    arguments = parser.parse_args(_with_separator(words))
    if not getattr(arguments, "run", None):
        arguments.run = lambda _: print(parser.format_help()) or 0
    return _guarded(arguments)


def _with_separator(words: Sequence[str]) -> list[str]:
    """`psql --stage NAME -c …`: what follows belongs to psql, also where it begins with a dash."""
    at = _verb_at(words)
    if words[at : at + 1] != ["psql"]:
        return list(words)
    own = at + 1
    if words[own : own + 1] == ["--stage"]:
        own += 2
    elif words[own : own + 1] and words[own].startswith("--stage="):
        own += 1
    if words[own : own + 1] in (["-h"], ["--help"], ["--"]):
        return list(words)
    return [*words[:own], "--", *words[own:]]


def _parser() -> tuple[argparse.ArgumentParser, argparse._SubParsersAction[argparse.ArgumentParser]]:
    parser = argparse.ArgumentParser(
        prog="stagekit",
        usage="stagekit [--project-directory DIR] VERB …",
        description="A staging environment you can trust: the whole product on this machine.",
        epilog=_overview(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"stagekit {__version__}")
    parser.add_argument(
        "--project-directory", metavar="DIR", type=Path, default=Path(), help="the project's folder (here, or above)"
    )
    return parser, parser.add_subparsers(dest="verb", metavar="VERB", prog="stagekit", help=argparse.SUPPRESS)


def _overview() -> str:
    rows = ["every day:", *(f"  {verb:<10}{text}" for verb, text in EVERYDAY.items())]
    rows += ["", "now and then:", *(f"  {verb:<10}{text}" for verb, text in MORE.items())]
    return "\n".join([*rows, "", "`stagekit VERB --help` explains a verb."])


def _add_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser], words: Sequence[str]) -> None:
    known = EVERYDAY | MORE
    named = "".join(words[_verb_at(words) :][:1])
    # Only the verb that was named is imported, so that help and every start are quick.
    for verb, text in known.items():
        if verb == named:
            importlib.import_module(f"stagekit.cli.{module_of(verb)}").add_parser(verbs)
        else:
            verbs.add_parser(verb, help=text)


def _verb_at(words: Sequence[str]) -> int:
    """Where the verb stands: the first word that is no option, nor an option's value."""
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] == "--project-directory" else 1
    return at


def module_of(verb: str) -> str:
    """The module of stagekit.cli that holds a verb."""
    return {"exec": "exec_", "open": "open_"}.get(verb, verb)


def _guarded(arguments: argparse.Namespace) -> int:
    try:
        code = int(arguments.run(arguments))
        sys.stdout.flush()  # here, where a reader that has gone away is no error
        return code
    except StagekitError as error:
        return _told(error)
    except KeyboardInterrupt:
        print("\ninterrupted; nothing is half made: the same command goes on from here", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as problem:
        from stagekit.doors.client import EngineGone

        return _told(_engine_lost(problem.text)) if isinstance(problem, EngineGone) else _bug()


def _told(error: StagekitError) -> int:
    from stagekit.report.error import error_text

    print(error_text(error), file=sys.stderr)
    return error.exit_code


def _engine_lost(text: str) -> StagekitError:
    return EngineError(
        "the Docker engine stopped answering in the middle",
        evidence=[("seen", text[:300])],
        next="type the same command again: it starts the embedded engine, and another one is yours to start; "
        "`stagekit engine status` names its log",
        slug="engine-lost",
    )


def _bug() -> int:
    handle, path = tempfile.mkstemp(prefix="stagekit-bug-", suffix=".txt")
    with os.fdopen(handle, "w") as out:
        out.write(f"stagekit {__version__}, Python {sys.version}\n\n{traceback.format_exc()}")
    print(f"stagekit has a bug: {traceback.format_exc().splitlines()[-1]}", file=sys.stderr)
    print(f"next: send {path} with the command you typed    [bug]", file=sys.stderr)
    return 3


if __name__ == "__main__":
    sys.exit(main())
