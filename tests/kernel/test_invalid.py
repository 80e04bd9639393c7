"""What a client sends that is not known is refused with what would be."""

from __future__ import annotations

import msgspec
import pytest

from tradewind.contracts.common import Body
from tradewind.kernel.endpoint import query
from tradewind.kernel.errors import Invalid
from tradewind.kernel.invalid import invalid


class Piece(Body, frozen=True):
    sku: str
    quantity: int = 1


class Gift(Body, frozen=True, tag="gift"):
    card: str


class Plain(Body, frozen=True, tag="plain"):
    wrapped: bool = False


class Parcel(Body, frozen=True):
    lines: list[Piece]
    extra: dict[str, Piece] = {}
    first: Piece | None = None
    how: Gift | Plain = Plain()


@pytest.mark.parametrize(
    ("body", "field", "known"),
    [
        (b'{"lines": [], "reason": ""}', "reason", "lines, extra, first, how"),
        (b'{"lines": [{"sku": "A"}, {"sku": "B", "pieces": 2}]}', "lines[1].pieces", "sku, quantity"),
        (b'{"lines": [], "extra": {"A": {"sku": "A", "pieces": 2}}}', "extra[...].pieces", "sku, quantity"),
        (b'{"lines": [], "how": {"type": "gift", "card": "1", "pieces": 2}}', "how.pieces", "card, wrapped"),
        (b'{"lines": [], "first": {"sku": "A", "pieces": 2}}', "first.pieces", "sku, quantity"),
    ],
)
def test_an_unknown_field_is_told_those_that_there_are(body: bytes, field: str, known: str) -> None:
    with pytest.raises(msgspec.ValidationError) as raised:
        msgspec.json.decode(body, type=Parcel)
    refused = invalid(raised.value, shape=Parcel)
    assert refused.field == field
    assert (
        refused.message == f"Object contains unknown field `{field.split('.')[-1]}`: here it may have {known}"
    )


def test_an_unknown_parameter_is_told_those_that_there_are() -> None:
    with pytest.raises(Invalid, match=r"here it may have sku, quantity$"):
        query(Piece, b"sku=A&pieces=2")
