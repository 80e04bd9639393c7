"""Query strings: what is repeated makes a list, what is named by a family makes lists by name."""

from __future__ import annotations

from typing import Annotated

import msgspec
import pytest
from msgspec import Meta

from tradewind.kernel.endpoint import query
from tradewind.kernel.errors import Invalid
from tradewind.kernel.http import PUBLIC, Route
from tradewind.kernel.openapi_schemas import Schemas

Few = Annotated[list[Annotated[str, Meta(max_length=10)]], Meta(max_length=2)]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    q: str = ""
    attr: Annotated[dict[Annotated[str, Meta(max_length=20)], Few], Meta(max_length=2)] = {}


def test_a_family_takes_any_name_with_dot_or_brackets() -> None:
    text = b"q=x&attr.Colour=Red&attr.Colour=Blue&attr%5BWeight%20in%20kg%5D=1.5"
    assert query(Asked, text) == Asked("x", {"Colour": ["Red", "Blue"], "Weight in kg": ["1.5"]})
    assert query(Asked, b"attr.a.b=null").attr == {"a.b": ["null"]}


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (b"attr=Red", "attr"),
        (b"attr.=Red", "attr"),
        (b"attr[]=Red", "attr"),
        (b"attr.Colour=" + b"x" * 11, "attr[...][0]"),
        (b"attr.C=1&attr.C=2&attr.C=3", "attr[...]"),
        (b"attr.A=1&attr.B=2&attr.C=3", "attr"),
        (b"other.Colour=Red", "other.Colour"),
        (b"attr.Colour=%00", "attr.Colour"),
    ],
)
def test_what_a_family_does_not_take_is_refused(text: bytes, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        query(Asked, text)
    assert refused.value.field == field


def test_a_family_is_documented_as_what_it_takes() -> None:
    async def handler(deps: object, call: object) -> None: ...

    route = Route("GET", "/v1/things", handler, PUBLIC, "Things", query=Asked)
    (_, attr) = Schemas([route], ()).query_parameters(route)
    assert (attr["name"], attr["style"], attr["explode"]) == ("attr", "deepObject", True)
    assert attr["schema"]["additionalProperties"]["items"]["maxLength"] == 10
    assert "attr.NAME=value" in attr["description"]
