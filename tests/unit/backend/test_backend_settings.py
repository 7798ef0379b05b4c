from __future__ import annotations

import os
from pathlib import Path

import pytest

from shop import settings

GOOD = settings.EXAMPLES | {"DATABASE_PASSWORD": "pass-word", "STRIPE_WEBHOOK_SECRET": "whsec_1"}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that is good, and nothing else of ours in it."""
    for name in settings.Settings.model_fields:
        for each in (name.upper(), f"{name.upper()}_FILE"):
            monkeypatch.delenv(each, raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def problems() -> list[str]:
    with pytest.raises(settings.SettingsProblems) as caught:
        settings.load()
    return caught.value.problems


def test_good_environment_is_read(environment: pytest.MonkeyPatch) -> None:
    found = settings.load()
    assert (found.stage, found.release, found.smtp_port, found.smtp_tls) == ("local", "dev", 25, False)
    assert found.database_password.get_secret_value() == "pass-word"


def test_every_problem_is_told_at_once_with_an_example(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("DATABASE_URL")
    environment.delenv("SMTP_HOST")
    environment.setenv("SMTP_PORT", "many")
    environment.setenv("APP_URL", "app.localhost")
    environment.setenv("STRIPE_SECRET_KEY_FILE", "/nowhere/key")
    environment.delenv("STRIPE_SECRET_KEY")
    told = "\n".join(problems())
    assert "DATABASE_URL: is missing, for example DATABASE_URL=postgresql://app@postgres:5432/app" in told
    assert "SMTP_HOST: is missing" in told
    assert "SMTP_PORT: " in told
    assert "APP_URL: must begin with http:// or https://" in told
    assert "STRIPE_SECRET_KEY_FILE=/nowhere/key cannot be read: No such file" in told
    assert len(told.splitlines()) == 5


def test_secret_comes_from_a_file_without_its_newline(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("päss word\n", encoding="utf-8")
    environment.delenv("DATABASE_PASSWORD")
    environment.setenv("DATABASE_PASSWORD_FILE", str(file))
    assert settings.load().database_password.get_secret_value() == "päss word"


def test_value_and_file_together_are_refused(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("DATABASE_PASSWORD_FILE", str(tmp_path))
    assert problems() == ["DATABASE_PASSWORD and DATABASE_PASSWORD_FILE are both given; keep one"]


def test_empty_means_not_given(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SMTP_PORT", "")
    environment.setenv("STRIPE_API_URL", "")
    environment.setenv("DATABASE_PASSWORD_FILE", "")
    assert (settings.load().smtp_port, settings.load().stripe_api_url) == (25, "")


@pytest.mark.parametrize("key", ["sk_live_51Habc", "rk_live_51Habc"])
def test_live_key_is_refused_and_never_printed(environment: pytest.MonkeyPatch, key: str) -> None:
    environment.setenv("STRIPE_SECRET_KEY", key)
    told = problems()
    assert "STRIPE_SECRET_KEY: is a live key" in told[0]
    assert "51Habc" not in told[0]
    environment.setenv("STAGE", "production")
    assert settings.load().stripe_secret_key.get_secret_value() == key


def test_no_secret_is_in_any_printed_form(environment: pytest.MonkeyPatch) -> None:
    found = settings.load()
    printed = f"{found} {found!r} {found.model_dump()} {found.model_dump_json()}"
    assert not [secret for secret in ("pass-word", "sk_test_123", "whsec_1") if secret in printed]


def test_issuer_ends_with_a_slash_and_addresses_do_not(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AUTH_ISSUER", "http://auth.test")
    environment.setenv("APP_URL", "http://app.test/")
    assert (settings.load().auth_issuer, settings.load().app_url) == ("http://auth.test/", "http://app.test")


def test_process_ends_with_every_problem_on_stderr(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in GOOD:
        environment.delenv(name)
    with pytest.raises(SystemExit) as ended:
        settings.load_or_exit()
    assert ended.value.code == 1
    assert len(capsys.readouterr().err.splitlines()) > len(GOOD) - 2
    assert "DATABASE_URL" not in os.environ
