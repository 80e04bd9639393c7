"""Cursors: what was given comes back, what was made up is refused by its name."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.kernel.errors import Invalid
from tradewind.kernel.paging import decode_cursor, encode_cursor

POSITION: Any = tuple[datetime, UUID]


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_a_cursor_holds_its_position(at: datetime, row: UUID) -> None:
    assert decode_cursor(encode_cursor(at, row), POSITION) == (at, row)


@given(
    st.text(max_size=64).filter(lambda text: "\x00" not in text and text.isprintable()),
    st.integers(-(2**31), 2**31),
)
def test_a_cursor_holds_any_words_and_fits_a_query(text: str, number: int) -> None:
    cursor = encode_cursor(number, text)
    assert decode_cursor(cursor, tuple[int, str]) == (number, text)
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(st.text(max_size=200))
def test_whatever_is_made_up_is_refused_and_nothing_breaks(text: str) -> None:
    try:
        decode_cursor(text, POSITION)
    except Invalid as refused:
        assert (refused.code, refused.field) == ("cursor_invalid", "cursor")


def made_up(text: str) -> str:
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "ümlaut",
        "a" * 5,
        made_up("not json"),
        made_up("[]"),
        made_up('{"a": 1}'),
        made_up('["2026-01-01T00:00:00Z"]'),
        made_up('["yesterday", "' + str(UUID(int=7)) + '"]'),
        made_up('["2026-01-01T00:00:00Z", "' + str(UUID(int=7)) + '", 3]'),
        encode_cursor("another", "list's"),
        "\ud800",
    ],
)
def test_cursors_of_other_lists_and_of_nobody_are_refused(cursor: str) -> None:
    with pytest.raises(Invalid, match="the `next` of the page before"):
        decode_cursor(cursor, POSITION)


def test_a_null_character_never_gets_through() -> None:
    """PostgreSQL takes none in text: it would be an error of the database's."""
    with pytest.raises(Invalid, match="cursor_invalid"):
        decode_cursor(made_up(msgspec.json.encode(["a\x00b"]).decode()), tuple[str])
