"""`stagekit host add-key` and `host remove-key`: who may connect to a stage's host."""

from __future__ import annotations

import argparse
from pathlib import Path

from stagekit.cli.hosts import Way, config_of, host_of
from stagekit.cli.place import open_place
from stagekit.doors.ssh import SshDoor
from stagekit.errors import HostError, UsageError
from stagekit.hosts.keys import PublicKey, holds, keys_in, parse_key, without_key

FILE = "$HOME/.ssh/authorized_keys"
READ = ["sh", "-c", f'cat "{FILE}" 2>/dev/null || true']
# Whole or not at all: half a file would shut everybody out.
WRITE = ["sh", "-c", f'umask 077 && mkdir -p "$HOME/.ssh" && cat >"{FILE}.new" && mv "{FILE}.new" "{FILE}"']


def add_key(arguments: argparse.Namespace) -> int:
    """Adds the key; 0 also where it was there."""
    way, key = _way(arguments), _read_key(arguments.key)
    with way.connect() as host:
        text = _authorized(host)
        if holds(text, key):
            print(f"{key} may connect to {way.target} already")
            return 0
        _write(host, f"{text}{key.line()}\n" if not text or text.endswith("\n") else f"{text}\n{key.line()}\n")
    print(f"{key} may connect to {way.target} now")
    return 0


def remove_key(arguments: argparse.Namespace) -> int:
    """Removes the key; 0 also where it was not there."""
    way = _way(arguments)
    with way.connect() as host:
        text = _authorized(host)
        key = _named(arguments.key, text)
        if key is None or not holds(text, key):
            print(f"{key or arguments.key} may not connect to {way.target} anyway")
            return 0
        left = without_key(text, key)
        if not keys_in(left):
            raise _last(key)
        _write(host, left)
        _prove(way, host, text, key)
    print(f"{key} may not connect to {way.target} any more; {len(keys_in(left))} left")
    return 0


def _way(arguments: argparse.Namespace) -> Way:
    place = open_place(arguments.project_directory, stage=arguments.stage)
    return Way(host_of(place), config_of(place))


def _read_key(name: str) -> PublicKey:
    path = Path(name).expanduser()
    if not path.is_file():
        raise UsageError(f"there is no file {name}", next="name the file of a public key, such as ana.pub")
    return parse_key(path.read_text(encoding="utf-8", errors="replace"), name)


def _named(word: str, text: str) -> PublicKey | None:
    """The key of a file or, where a fingerprint is given, the one of those that are there."""
    if not word.startswith("SHA256:"):
        return _read_key(word)
    return next((key for key in keys_in(text) if key.fingerprint == word), None)


def _authorized(host: SshDoor) -> str:
    return host.run(READ, timeout=30).stdout


def _write(host: SshDoor, text: str) -> None:
    done = host.run(WRITE, input=text, timeout=30)
    if not done.ok:
        raise HostError(
            "the list of keys at the host could not be written",
            evidence=[("last lines", line) for line in done.stderr.strip().splitlines()[-3:]],
            next="see why on the host: df ~/.ssh; ls -la ~/.ssh",
        )


def _prove(way: Way, host: SshDoor, before: str, key: PublicKey) -> None:
    """A new login must work without the key; else it is put back by the connection that is there."""
    try:
        way.connect().close()
    except HostError as problem:
        _write(host, before)
        raise HostError(
            f"without {key} you could not connect again, so it was put back",
            evidence=[("login", problem.what)],
            next="add another key of yours first: stagekit host add-key FILE",
            slug="host-own-key",
        ) from None


def _last(key: PublicKey) -> HostError:
    return HostError(
        f"{key} is the only key that may connect; without it nobody could",
        next="add another first: stagekit host add-key FILE",
        slug="host-own-key",
    )
