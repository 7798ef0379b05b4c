"""An ACME server of the tests' own: Debian's pebble, with a DNS that sends every name to one machine."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

WITHIN = 30.0  # seconds
VALID = 60  # seconds that a certificate lives: the next one is due after 40


@dataclass(frozen=True)
class Acme:
    """A running server.

    url    its directory, as containers of the host reach it
    roots  whom its clients and those of its certificates trust, as PEM
    """

    url: str
    roots: str
    management: int

    def send_names_to(self, address: str) -> None:
        """From now on the DNS sends every name there."""
        httpx.post(f"http://127.0.0.1:{self.management}/set-default-ipv4", json={"ip": address}).raise_for_status()


@contextmanager
def acme(folder: Path, here: str, there: str) -> Iterator[Acme]:
    """A server, reached at an address of this machine; names lead to another."""
    _have_pebble()
    dns, management, port, roots = _ports(4)
    _make_certificate(folder, here)
    config = {
        "listenAddress": f"0.0.0.0:{port}",
        "managementListenAddress": f"127.0.0.1:{roots}",
        "certificate": str(folder / "server.crt"),
        "privateKey": str(folder / "server.key"),
        "httpPort": 80,
        "tlsPort": 443,
        "certificateValidityPeriod": VALID,
    }
    (folder / "pebble.json").write_text(json.dumps({"pebble": config}))
    names = ["pebble-challtestsrv", "-defaultIPv4", there, "-defaultIPv6", "", "-dns01", f"127.0.0.1:{dns}"]
    names += ["-http01", "", "-https01", "", "-tlsalpn01", "", "-management", f"127.0.0.1:{management}"]
    server = ["pebble", "-config", str(folder / "pebble.json"), "-dnsserver", f"127.0.0.1:{dns}", "-strict"]
    with _running(folder, names), _running(folder, server):
        issuing = _asked(lambda: httpx.get(f"https://127.0.0.1:{roots}/roots/0", verify=False).raise_for_status().text)
        trusted = (folder / "server.crt").read_text() + issuing
        yield Acme(f"https://{here}:{port}/dir", trusted, management)


@contextmanager
def _running(folder: Path, words: Sequence[str]) -> Iterator[None]:
    environment = {**os.environ, "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
    with (folder / f"{words[0]}.log").open("w") as log:
        process = subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT, env=environment)
        try:
            yield
        finally:
            process.terminate()
            process.wait(10)


def _make_certificate(folder: Path, address: str) -> None:
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    words += ["-keyout", str(folder / "server.key"), "-out", str(folder / "server.crt"), "-days", "2"]
    words += ["-subj", "/CN=pebble", "-addext", f"subjectAltName=IP:{address},IP:127.0.0.1"]
    subprocess.run(words, check=True, capture_output=True)


def _asked(ask: Callable[[], str]) -> str:
    deadline = time.monotonic() + WITHIN
    while True:
        try:
            return ask()
        except httpx.HTTPError:
            assert time.monotonic() < deadline, "pebble does not answer"
            time.sleep(0.1)


def _ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    found = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return found


def _have_pebble() -> None:
    if shutil.which("pebble") is None:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "-y", "--no-install-recommends", "pebble"]):
            subprocess.run(["apt-get", *words, "-qq"], env=quiet, capture_output=True, check=False)
    assert shutil.which("pebble"), "pebble is not here, and could not be installed from Debian's packages"
