"""The settings of stagekit: environment over `.env.<stage>` over defaults, checked all at once.

Only stagekit's own keys (`STAGEKIT_…`) are declared here; every other key of `.env.<stage>` is passed on to
Compose, which interpolates it. `.env.example` documents each key.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from stagekit.errors import SettingsError

PREFIX = "STAGEKIT_"

# Written to .env by stagekit itself, from the checkout and git; a person never sets them.
DERIVED = frozenset({"STAGEKIT_AUTHORITY", "STAGEKIT_RELEASE", "STAGEKIT_REVISION", "STAGEKIT_SOURCE"})


class Settings(BaseSettings):
    """What a person may set. Each field is the key `STAGEKIT_<FIELD>`."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True)

    stage: str = Field(
        "local",
        pattern=r"^[a-z][a-z0-9-]{0,30}$",
        examples=["local"],
        description="The stage's name. Set it in the environment, or say `--stage`: it chooses `.env.<stage>`.",
    )
    port: int | None = Field(
        None,
        ge=1,
        le=65535,
        examples=[8642],
        description="The one published port; if unset, a free one that derives from the checkout.",
    )
    bind: str | None = Field(
        None,
        pattern=r"^[0-9a-fA-F.:]+$",
        examples=["127.0.0.1"],
        description="The address it is published on; if unset, loopback here, and every address of a host.",
    )
    domain: str = Field(
        "localhost",
        pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$",
        examples=["localhost"],
        description="What the names app., api., auth. … stand before.",
    )
    scheme: Literal["http", "https"] = Field("http", examples=["http"], description="How the edge is spoken to.")
    tls: Literal["own", "files", "acme", "off"] | None = Field(
        None,
        examples=["own"],
        description="Where the certificate of https comes from: an authority of the stage's `own`, `files` (the secret "
        "`tls-certificate`), `acme`; `off` where something before the host speaks https. If unset, `own` for names "
        "below `localhost`, else `acme`.",
    )
    http_port: int = Field(
        80, ge=1, le=65535, examples=[80], description="Where the edge answers http beside https, to send it on."
    )
    project: str | None = Field(
        None,
        pattern=r"^[a-z0-9][a-z0-9_-]*$",
        examples=["shop-a1b2"],
        description="The Compose project name; if unset, it derives from the checkout.",
    )
    host: str | None = Field(
        None,
        pattern=r"^ssh://\S+$",
        examples=["ssh://deploy@staging.example.test"],
        description="The host that a remote stage runs on, as `ssh://user@host` or `ssh://user@host:port`.",
    )
    ssh_config: str | None = Field(
        None,
        examples=[".stagekit/ssh_config"],
        description="An SSH configuration file to use instead of your own, from the project's folder or absolute.",
    )
    images: Literal["registry", "packages"] | None = Field(
        None, examples=["packages"], description="Where third-party images come from; the first `up` decides."
    )
    ca_file: str | None = Field(
        None,
        examples=["/etc/ssl/certs/ca-certificates.crt"],
        description="The CA bundle that builds trust; if unset, this machine's own, where it has one.",
    )
    home: str | None = Field(
        None,
        examples=["/srv/stagekit"],
        description="Where the embedded engine lives; ~/.local/share/stagekit if unset.",
    )
    layer_cache_gb: float = Field(
        5.0,
        ge=0.1,
        le=1000,
        examples=[5],
        description="GB that the cache of compressed image layers may take; what was used longest ago goes first.",
    )
    templates: int = Field(
        4,
        ge=1,
        le=100,
        examples=[4],
        description="How many templates of seeds a stage keeps beside its database; the least recently used goes "
        "first. Snapshots are not counted.",
    )
    templates_gb: float = Field(
        2.0,
        ge=0.01,
        le=1000,
        examples=[2],
        description="GB that these templates may take; the newest one always stays.",
    )
    timeout: int = Field(
        300, ge=5, le=3600, examples=[300], description="Seconds `up` waits for a service to be ready."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is given: reading the process environment is a door's work."""
        return (init_settings,)


@dataclass(frozen=True)
class Source:
    """One place that settings come from. `lines` maps a key to its 1-based line; empty for the environment."""

    name: str
    values: Mapping[str, str]
    lines: Mapping[str, int]

    def where(self, key: str) -> str:
        """`.env.local:3`, or the name alone."""
        return f"{self.name}:{self.lines[key]}" if key in self.lines else self.name


def load(environ: Mapping[str, str], *files: Source) -> Settings:
    """Settings from the environment over the files (the first file wins over the next).

    Raises SettingsError that lists every problem: unknown keys with the nearest name, wrong values with an example.
    An empty value counts as unset.
    """
    environment = Source("environment", {k: v for k, v in environ.items() if _ours(k)}, {})
    sources = [environment, *files]
    problems = [_unknown(key, source) for source in sources for key in source.values if _is_unknown(key)]
    chosen = {
        key: source for source in reversed(sources) for key, value in source.values.items() if _known(key) and value
    }
    given = {_field(key): source.values[key] for key, source in chosen.items()}
    try:
        settings = Settings(**given)  # type: ignore[arg-type]  # strings, which the model converts
    except ValidationError as refused:
        problems += [_wrong(str(error["loc"][0]), error["msg"], chosen) for error in refused.errors()]
        settings = None
    if problems or settings is None:
        raise SettingsError(
            "the settings have " + ("one problem" if len(problems) == 1 else f"{len(problems)} problems"),
            evidence=problems,
            next="correct them, then run the same command again; .env.example documents every key",
        )
    return settings


def read_lines(name: str, text: str) -> Source:
    """A `.env` file as a source: `KEY=value` lines, `#` comments, optional quotes and `export`.

    Raises SettingsError for a line that is none of these.
    """
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        match = re.match(r"^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$", stripped)
        if match is None:
            raise SettingsError(
                f"{name} has a line that is no setting",
                evidence=[(f"{name}:{number}", "it has no KEY=value form")],
                next=f"correct line {number} of {name}; a setting looks like STAGEKIT_PORT=8642",
            )
        values[match.group(1)], lines[match.group(1)] = _unquote(match.group(2)), number
    return Source(name, values, lines)


def known_keys() -> tuple[str, ...]:
    """Every key a person may set, in the order of `.env.example`."""
    return tuple(PREFIX + field.upper() for field in Settings.model_fields)


def _unquote(raw: str) -> str:
    """A value as Compose reads it: in single quotes only a quote is escaped, in double ones also `\\` and `$`."""
    if single := re.match(r"^'((?:\\'|[^'])*)'\s*(?:#.*)?$", raw):
        return single.group(1).replace("\\'", "'")
    if double := re.match(r'^"((?:\\.|[^"\\])*)"\s*(?:#.*)?$', raw):
        return re.sub(r'\\(["\\$])', r"\1", double.group(1))
    return re.sub(r"\s+#.*$", "", raw).strip()


def _ours(key: str) -> bool:
    # The kit's own test suite and its examples have keys of their own, which reach no stage.
    return key.startswith(PREFIX) and not key.startswith("STAGEKIT_TEST_")


def _known(key: str) -> bool:
    return key in known_keys()


def _is_unknown(key: str) -> bool:
    return _ours(key) and not _known(key) and key not in DERIVED


def _field(key: str) -> str:
    return key.removeprefix(PREFIX).lower()


def _unknown(key: str, source: Source) -> tuple[str, str]:
    near = difflib.get_close_matches(key, known_keys(), n=1, cutoff=0.0)
    return source.where(key), f"{key} is no setting of stagekit; the nearest is {near[0]}"


def _wrong(field: str, message: str, chosen: Mapping[str, Source]) -> tuple[str, str]:
    key = PREFIX + field.upper()
    example = (Settings.model_fields[field].examples or [""])[0]
    return chosen[key].where(key), f"{key}: {message[0].lower()}{message[1:]}; for example {key}={example}"
