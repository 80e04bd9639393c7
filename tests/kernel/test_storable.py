"""What JSON can say and PostgreSQL cannot keep is refused by its field."""

from __future__ import annotations

from datetime import datetime

import msgspec
import pytest

from tradewind.kernel.errors import Invalid
from tradewind.kernel.storable import holds_times, refuse_unstorable


class Line(msgspec.Struct):
    text: str
    names: dict[str, str] = {}


class Order(msgspec.Struct):
    lines: list[Line]
    at: datetime | None = None
    number: int = 0


class Loop(msgspec.Struct):
    inner: list[Loop]


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (Order([Line("fine"), Line("a\0b")]), "lines[1].text"),
        (Order([Line("fine", {"name": "\0"})]), "lines[0].names.name"),
        (Order([Line("fine", {"\0": "fine"})]), "lines[0].names"),
        (Order([], datetime.fromisoformat("0001-01-01T00:00:00+23:59")), "at"),
        (Order([], datetime.fromisoformat("9999-12-31T23:59:59-23:59")), "at"),
        (Order([], None, 2**63), "number"),
        (("fine", 5, -(2**63) - 1), "[2]"),
        ("\0", None),
    ],
)
def test_what_cannot_be_kept_is_refused_by_its_field(value: object, field: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        refuse_unstorable(value)
    assert refused.value.field == field


def test_everything_else_passes() -> None:
    at = datetime.fromisoformat("0001-01-01T00:00:00+00:00")
    refuse_unstorable(Order([Line("\\u0000 as six characters", {"é": "雪"})], at, 2**63 - 1))
    refuse_unstorable([True, None, 1.5, b"\0", {"a": [{}]}])


def test_types_know_whether_they_hold_times() -> None:
    assert holds_times(Order)
    assert holds_times(list[tuple[int, datetime]])
    assert not holds_times(Line)
    assert not holds_times(Loop)
