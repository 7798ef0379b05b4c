"""Settings from the environment; a secret X may be given as X_FILE instead."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit


class SettingsError(Exception):
    """Every problem at once, one a line."""


@dataclass(frozen=True)
class Settings:
    """What the stand-in is told at its start. Webhook secrets never print: one, or two while both are valid."""

    stage: str
    release: str
    public_url: str
    upstream_url: str
    webhook_url: str
    webhook_secrets: tuple[str, ...] = field(repr=False)
    data_dir: Path
    look_css: Path
    host: str
    port: int
    trust: str = ""  # a file of authorities that it trusts instead of its own list


def read(env: Mapping[str, str]) -> Settings:
    """Settings, or SettingsError that names each problem and an example."""
    problems = [*_address_problems(env), *_port_problems(env)]
    secret = _secret(env, "WEBHOOK_SECRET", problems)
    if env.get("WEBHOOK_URL") and not secret:
        problems.append("WEBHOOK_SECRET (or WEBHOOK_SECRET_FILE) is missing: it signs events, e.g. whsec_local")
    if problems:
        raise SettingsError("\n".join(problems))
    return Settings(
        stage=env.get("STAGE") or "local",
        release=env.get("RELEASE") or "dev",
        public_url=env["PUBLIC_URL"].rstrip("/"),
        upstream_url=env["UPSTREAM_URL"].rstrip("/"),
        webhook_url=env.get("WEBHOOK_URL", ""),
        webhook_secrets=tuple(found for found in (secret, _previous(env, "WEBHOOK_SECRET")) if found),
        data_dir=Path(env.get("DATA_DIR") or "/data"),
        look_css=Path(env.get("LOOK_CSS") or "/app/look.css"),
        host=env.get("HOST") or "0.0.0.0",  # a container's own address is not known beforehand
        port=int(env.get("PORT") or 8080),
        trust=env.get("SSL_CERT_FILE", ""),
    )


_ADDRESSES = {
    "PUBLIC_URL": ("http://stripe.localhost:8642", True),
    "UPSTREAM_URL": ("http://stripe-mock:12111", True),
    "WEBHOOK_URL": ("http://api.localhost:8642/webhooks/stripe", False),
}


def _address_problems(env: Mapping[str, str]) -> list[str]:
    return [
        f"{name} is {'not an http address' if env.get(name) else 'missing'}, e.g. {example}"
        for name, (example, required) in _ADDRESSES.items()
        if (env.get(name) or required) and not is_http(env.get(name, ""))
    ]


def _port_problems(env: Mapping[str, str]) -> list[str]:
    port = env.get("PORT") or "8080"
    return [] if port.isdecimal() and 0 < int(port) < 65536 else ["PORT is not a port number, e.g. 8080"]


def _secret(env: Mapping[str, str], name: str, problems: list[str]) -> str:
    path = env.get(f"{name}_FILE")
    if not path:
        return env.get(name, "")
    try:
        return Path(path).read_text().rstrip("\r\n")
    except OSError as error:
        problems.append(f"{name}_FILE cannot be read: {error.strerror}")
        return "unreadable"


def _previous(env: Mapping[str, str], name: str) -> str:
    """The version before, which a stage keeps beside the file of a secret while both are valid."""
    path = Path(f"{env.get(f'{name}_FILE', '')}.previous")
    return path.read_text().rstrip("\r\n") if env.get(f"{name}_FILE") and path.is_file() else ""


def is_http(address: str) -> bool:
    """True for an absolute http(s) address: the only kind a page may link to."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
