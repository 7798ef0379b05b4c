from __future__ import annotations

import pytest
from core_fakes import model, service
from hypothesis import given
from hypothesis import strategies as st

from stagekit.errors import GuardError
from stagekit.guards import refuse_live_keys
from stagekit.report.error import error_text
from stagekit.settings import Source, read_lines

TAILS = st.text("abcdefghijklmnopqrstuvwxyzABCDEF0123456789", min_size=16, max_size=60)


@given(st.sampled_from(["sk_live_", "rk_live_"]), TAILS, st.sampled_from(["", "Bearer ", "a,", '{"key": "']))
def test_a_live_key_is_refused_wherever_it_stands_and_never_printed(kind: str, tail: str, before: str) -> None:
    with pytest.raises(GuardError) as raised:
        refuse_live_keys([Source("environment", {"STRIPE_SECRET_KEY": f"{before}{kind}{tail}"}, {})])
    text = error_text(raised.value)
    assert tail not in text
    assert "environment" in text and "STRIPE_SECRET_KEY" in text


def test_the_place_of_a_live_key_is_told_with_its_line() -> None:
    source = read_lines(".env.local", "A=1\nSTRIPE_SECRET_KEY=sk_live_abcdef\n")
    with pytest.raises(GuardError) as raised:
        refuse_live_keys([source])
    assert raised.value.evidence == ((".env.local:2", "STRIPE_SECRET_KEY holds a live Stripe key"),)
    assert raised.value.slug == "live-stripe-key"


def test_a_live_key_under_another_name_is_refused_too() -> None:
    with pytest.raises(GuardError):
        refuse_live_keys([Source("environment", {"SOMETHING_ELSE": "rk_live_abcdef"}, {})])


def test_a_live_key_in_a_services_environment_or_command_is_refused() -> None:
    in_environment = service("backend", environment=(("KEY", "sk_live_abcdef"),))
    in_command = service("backend", command=("serve", "--key", "sk_live_abcdef"))
    for item in (in_environment, in_command):
        with pytest.raises(GuardError) as raised:
            refuse_live_keys([], model(item))
        assert raised.value.evidence[0][0] == "service backend"
        assert "abcdef" not in error_text(raised.value)


def test_a_live_key_in_a_build_argument_is_refused() -> None:
    from stagekit.compose import Build

    item = service("frontend", build=Build("/p", "Dockerfile", args=(("KEY", "sk_live_abcdef"),)))
    with pytest.raises(GuardError):
        refuse_live_keys([], model(item))


@pytest.mark.parametrize("value", ["sk_test_abcdef", "rk_test_abcdef", "pk_live_abcdef", "whsec_x", "sk_living", ""])
def test_test_keys_and_public_keys_pass(value: str) -> None:
    refuse_live_keys([Source("environment", {"KEY": value}, {})], model(service("a", environment=(("KEY", value),))))
