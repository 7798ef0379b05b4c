"""What the processes are told by their environment, checked once, all problems at once.

Each variable X may be given as X_FILE instead: the path of a file that holds the value (one trailing newline
is dropped). Secrets are `SecretStr`: printing the settings shows stars.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

EXAMPLES = {
    "DATABASE_URL": "postgresql://app@postgres:5432/app",
    "DATABASE_PASSWORD": "(or DATABASE_PASSWORD_FILE=/run/secrets/database)",
    "APP_URL": "http://app.localhost:8642",
    "API_URL": "http://api.localhost:8642",
    "AUTH_ISSUER": "http://auth.localhost:8642/",
    "AUTH_AUDIENCE": "https://api.shop.example",
    "STRIPE_SECRET_KEY": "sk_test_123",
    "STRIPE_WEBHOOK_SECRET": "whsec_...",
    "SMTP_HOST": "mailpit",
    "PREFECT_API_URL": "http://prefect:4200/api",
}
LIVE_KEYS = ("sk_live_", "rk_live_")


class SettingsProblems(Exception):
    """Every setting that is missing or not of its shape; one line each, no secret in them."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class _Unreadable:
    """Stands in for a value whose X_FILE cannot be read, so that it is reported with all other problems."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


class _EnvironmentOrFile(PydanticBaseSettingsSource):
    """X from the environment, else the content of the file that X_FILE names. Empty means not given."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return value_or_file(os.environ, field_name.upper()), field_name, False

    def __call__(self) -> dict[str, Any]:
        names = self.settings_cls.model_fields
        found = {name: value_or_file(os.environ, name.upper()) for name in names}
        found["stripe_webhook_secret_previous"] = _previous(os.environ, "STRIPE_WEBHOOK_SECRET")
        return {name: value for name, value in found.items() if value is not None}


def value_or_file(environment: Mapping[str, str], name: str) -> str | _Unreadable | None:
    """The value of `name`, from itself or from the file that `name`_FILE names; None if neither is given."""
    value, file = environment.get(name) or None, environment.get(f"{name}_FILE") or None
    if file is None:
        return value
    if value is not None:
        return _Unreadable(f"{name} and {name}_FILE are both given; keep one")
    return _read(name, file)


def _read(name: str, file: str) -> str | _Unreadable:
    try:
        return Path(file).read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        return _Unreadable(f"{name}_FILE={file} cannot be read: {reason}")


def _previous(environment: Mapping[str, str], name: str) -> str | _Unreadable | None:
    """The version before of a secret, which lies behind the path of the one that is valid while both are."""
    file = environment.get(f"{name}_FILE")
    return _read(name, f"{file}.previous") if file and Path(f"{file}.previous").is_file() else None


def _with_slash(url: str) -> str:
    """Auth0's issuer ends with a slash, and a token's `iss` is compared exactly."""
    return url if url.endswith("/") else url + "/"


def _without_slash(url: str) -> str:
    return url.rstrip("/")


def _web_address(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return url


WebAddress = Annotated[str, AfterValidator(_web_address), AfterValidator(_without_slash)]


class Settings(BaseSettings):
    """One value for all processes; see EXAMPLES for the required ones."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    stage: str = "local"
    release: str = "dev"
    database_url: str = Field(pattern=r"^postgresql://")
    database_password: SecretStr = SecretStr("")
    app_url: WebAddress
    api_url: WebAddress
    auth_issuer: Annotated[str, AfterValidator(_web_address), AfterValidator(_with_slash)]
    auth_audience: str
    stripe_api_url: str = ""
    stripe_secret_key: SecretStr
    stripe_webhook_secret: SecretStr
    stripe_webhook_secret_previous: SecretStr = SecretStr("")
    smtp_host: str
    smtp_port: int = Field(default=25, ge=1, le=65535)
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_tls: bool = False
    mail_from: str = "Fernhill Tea <hello@shop.example>"
    prefect_api_url: WebAddress
    prefect_api_auth_string: SecretStr = SecretStr("")
    port: int = Field(default=8000, ge=1, le=65535)
    log_level: str = Field(default="info", pattern=r"^(debug|info|warning|error)$")

    @classmethod
    def settings_customise_sources(  # type: ignore[override]  # the other sources are not used
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, **_: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, _EnvironmentOrFile(settings_cls)

    @model_validator(mode="before")
    @classmethod
    def _only_readable(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Leave the reason in place of a value that cannot be read; `load` turns it into a problem."""
        return {name: value for name, value in values.items() if not isinstance(value, _Unreadable)}


def load() -> Settings:
    """The settings of this process's environment. Raises SettingsProblems with every problem in it."""
    unreadable = _unreadable()
    try:
        settings = Settings()  # type: ignore[call-arg]  # the values come from the environment
    except ValidationError as error:
        raise SettingsProblems(unreadable + _problems(error, unreadable)) from None
    problems = unreadable + _live_key(settings)
    if problems:
        raise SettingsProblems(problems)
    return settings


def load_or_exit() -> Settings:
    """As `load`, for a process's first line: prints the problems and ends with 1."""
    try:
        return load()
    except SettingsProblems as error:
        _exit(error)


def _exit(error: SettingsProblems) -> NoReturn:
    print("the settings cannot be used:", file=sys.stderr)
    for problem in error.problems:
        print(f"  {problem}", file=sys.stderr)
    sys.exit(1)


def _unreadable() -> list[str]:
    found = (value_or_file(os.environ, name.upper()) for name in Settings.model_fields)
    return [value.reason for value in found if isinstance(value, _Unreadable)]


def _problems(error: ValidationError, already: list[str]) -> list[str]:
    names = [(str(detail["loc"][0]).upper(), detail["type"], detail["msg"]) for detail in error.errors()]
    return [_problem(*each) for each in names if not any(line.startswith(each[0]) for line in already)]


def _problem(name: str, kind: str, message: str) -> str:
    what = "is missing" if kind == "missing" else message.removeprefix("Value error, ")
    example = f", for example {name}={EXAMPLES[name]}" if name in EXAMPLES else ""
    return f"{name}: {what}{example}"


def _live_key(settings: Settings) -> list[str]:
    """A live key moves real money: it is taken only where STAGE=production. The key is never printed."""
    live = settings.stripe_secret_key.get_secret_value().startswith(LIVE_KEYS)
    if not live or settings.stage == "production":
        return []
    return [f"STRIPE_SECRET_KEY: is a live key, and STAGE is {settings.stage}; use a test key (sk_test_...)"]
