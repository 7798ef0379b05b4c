"""Orders at an ACME server, by certbot: the challenge is a file that the edge hands out at port 80 (HTTP-01)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from keeper.certificate import Refused
from keeper.settings import Settings

LIMIT = 300  # seconds that an order may take
NAME = "stage"


def challenges(settings: Settings) -> Path:
    """The folder below which `/.well-known/acme-challenge/` lies."""
    return settings.data / "challenges"


def order(settings: Settings) -> str:
    """A new certificate with its chain and key. Raises Refused with the server's words."""
    folder = settings.data / "acme"
    words = [sys.executable, "-c", "from certbot.main import main; raise SystemExit(main())", "certonly"]
    words += ["--non-interactive", "--agree-tos", "--force-renewal", "--key-type", "ecdsa", "--cert-name", NAME]
    words += ["--server", settings.acme_url, "--webroot", "--webroot-path", str(challenges(settings))]
    words += ["--email", settings.acme_email] if settings.acme_email else ["--register-unsafely-without-email"]
    words += ["--config-dir", str(folder), "--work-dir", str(folder / "work"), "--logs-dir", "/tmp/acme"]
    words += [word for name in settings.names for word in ("--domain", name)]
    challenges(settings).mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(
            words, env=_environment(settings), capture_output=True, text=True, timeout=LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        raise Refused(f"{settings.acme_url} did not finish the order within {LIMIT} s") from None
    if done.returncode:
        raise Refused(_why(done.stdout + done.stderr, settings))
    live = folder / "live" / NAME
    return (live / "fullchain.pem").read_text() + (live / "privkey.pem").read_text()


def _environment(settings: Settings) -> dict[str, str]:
    if not settings.acme_ca:
        return dict(os.environ)
    file = settings.data / "acme-ca.pem"
    file.write_text(settings.acme_ca, encoding="utf-8")
    return {**os.environ, "REQUESTS_CA_BUNDLE": str(file)}


def _why(said: str, settings: Settings) -> str:
    """The server's own reasons, else the last line of certbot."""
    details = re.findall(r"^\s*(?:Domain: (?P<domain>\S+)|Detail: (?P<detail>.+))$", said, re.M)
    found = [domain or detail for domain, detail in details]
    if found:
        return f"{settings.acme_url} refuses: " + " ".join(found)[:400]
    lines = [line.strip() for line in said.splitlines() if line.strip() and "log" not in line.lower()]
    return f"no certificate from {settings.acme_url}: {lines[-1][:300] if lines else 'certbot says nothing'}"
