import pytest

from stripe_standin.errors import StripeError
from stripe_standin.forms import merged_metadata, parse, without_expand


def test_brackets_become_lists_and_mappings() -> None:
    form = "line_items[0][price]=price_1&line_items[0][quantity]=2&line_items[1][price]=price_2&mode=payment"
    assert parse(form) == {
        "line_items": [{"price": "price_1", "quantity": 2}, {"price": "price_2"}],
        "mode": "payment",
    }


def test_lists_may_be_written_with_empty_brackets() -> None:
    assert parse("lookup_keys[]=a&lookup_keys[]=b") == {"lookup_keys": ["a", "b"]}


def test_numbers_and_booleans_are_typed_by_name_and_texts_stay_text() -> None:
    form = "unit_amount=1900&active=true&name=true&metadata[n]=12&metadata[ok]=true&nickname=7"
    assert parse(form) == {
        "unit_amount": 1900,
        "active": True,
        "name": "true",
        "metadata": {"n": "12", "ok": "true"},
        "nickname": "7",
    }


def test_metadata_with_numbers_as_keys_is_still_a_mapping() -> None:
    assert parse("metadata[0]=a") == {"metadata": {"0": "a"}}


def test_unicode_and_markup_arrive_as_typed() -> None:
    assert parse("name=J%C3%B3n+%3Cb%3E%27%3B--") == {"name": "Jón <b>';--"}


def test_a_name_used_as_value_and_mapping_is_refused() -> None:
    with pytest.raises(StripeError, match="both a value and a mapping"):
        parse("a=1&a[b]=2")


def test_endless_nesting_is_refused() -> None:
    with pytest.raises(StripeError, match="too deeply"):
        parse("a" + "[b]" * 5000 + "=1")


def test_expand_is_not_sent_on() -> None:
    assert without_expand("expand[0]=customer&name=x&expand[]=y") == "name=x"


def test_an_empty_value_removes_a_metadata_key_and_an_empty_text_all_of_them() -> None:
    assert merged_metadata({"a": "1", "b": "2"}, {"a": "", "c": "3"}.items()) == {"b": "2", "c": "3"}
    assert merged_metadata({"a": "1"}, "") == {}
