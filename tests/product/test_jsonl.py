"""Product JSONL, read line by line: what is right is taken, what is wrong is told and never lost in silence."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.contracts.inventory import StockCount
from tradewind.services.product.domain import Content, Image, Price, Variant
from tradewind.services.product.importing.jsonl import LONGEST_LINE_BYTES, JsonlReader
from tradewind.services.product.importing.rows import FileProduct, Row

VASE: dict[str, Any] = {
    "external_id": "tw-aldea-vase",
    "title": "Aldea vase",
    "description": "One.\n\nTwo.",
    "brand": "Studio Orno",
    "categories": ["Home > Vases"],
    "status": "active",
    "attributes": {"material": "Stoneware", "height_mm": 240, "dishwasher_safe": True, "for": ["a", "b"]},
    "options": ["Colour"],
    "variants": [
        {
            "sku": "ALDEA-CLAY",
            "gtin": "4006381333931",
            "options": {"Colour": "Clay"},
            "prices": [{"currency": "EUR", "amount_minor": 6800, "compare_at_minor": 8200}],
            "stock": {"LEJ": 12, "RTM": 3},
            "weight_grams": 900,
        }
    ],
    "images": [{"url": "/media/demo/aldea-vase.webp", "alt": "A vase"}],
}


def read(line: bytes | dict[str, Any]) -> Row:
    if isinstance(line, dict):
        line = msgspec.json.encode(line)
    (row,) = JsonlReader().feed(7, line)
    return row


def told(row: Row) -> list[tuple[str, str, str | None]]:
    return [(problem.severity, problem.code, problem.field) for problem in row.problems]


def test_a_sound_line_is_a_product_and_its_stock() -> None:
    row = read(VASE)
    assert row.problems == [] and row.line == 7
    variant = Variant("ALDEA-CLAY", [Price("EUR", 6800, 8200)], "4006381333931", {"Colour": "Clay"}, 900)
    assert row.content == Content(
        "Aldea vase",
        "active",
        "tw-aldea-vase",
        None,
        "One.\n\nTwo.",
        "Studio Orno",
        ["Home > Vases"],
        VASE["attributes"],
        ["Colour"],
        [variant],
        [Image("/media/demo/aldea-vase.webp", "A vase")],
    )
    assert row.stock == [StockCount("ALDEA-CLAY", "LEJ", 12), StockCount("ALDEA-CLAY", "RTM", 3)]


def test_what_may_be_left_out_may_be_left_out() -> None:
    prices = [{"currency": "EUR", "amount_minor": 0}]
    row = read({"external_id": "a", "title": "A", "variants": [{"sku": "A", "prices": prices}]})
    assert row.problems == [] and row.content is not None and row.content.status == "active"
    assert list(JsonlReader().feed(1, b" \r\n")) == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", "json_invalid"),
        (b"[]", "json_invalid"),
        (b'{"external_id":"a"} {}', "json_invalid"),
        (b'{"title":"\xff"}', "json_invalid"),
        (b'{"title":"\\ud800"}', "json_invalid"),
        (b'{"external_id":"a","title":"\\u0000"}', "null_character"),
        (b'{"external_id":"a","title":"' + b"x" * LONGEST_LINE_BYTES + b'"}', "line_too_long"),
    ],
)
def test_a_line_that_cannot_be_read_is_told(line: bytes, code: str) -> None:
    row = read(line)
    assert row.content is None and told(row) == [("rejected", code, None)]


def test_a_backslash_before_u0000_is_no_null_character() -> None:
    assert read(msgspec.json.encode(VASE | {"title": "a\\u0000"})).problems == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"external_id": None}, ("rejected", "field_missing", "external_id")),
        ({"title": ""}, ("rejected", "value_invalid", "title")),
        ({"variants": []}, ("rejected", "no_price", "variants")),
        ({"variants": {}}, ("rejected", "value_invalid", "variants")),
        ({"options": ["Size"]}, ("rejected", "options_mismatch", "variants[0].options")),
        ({"options": [1]}, ("rejected", "value_invalid", "options")),
        ({"colour": "red"}, ("warning", "field_unknown", "colour")),
        ({"brand": 5}, ("warning", "value_invalid", "brand")),
        ({"description": "x" * 50_001}, ("warning", "text_cut", "description")),
        ({"status": "live"}, ("warning", "value_invalid", "status")),
        ({"slug": "No slug"}, ("warning", "value_invalid", "slug")),
        ({"attributes": []}, ("warning", "value_invalid", "attributes")),
        ({"attributes": {"a": None}}, ("warning", "value_invalid", "attributes.a")),
        ({"images": [{"url": "nowhere"}]}, ("warning", "value_invalid", "images[0]")),
        ({"images": [{"url": f"/{n}"} for n in range(51)]}, ("warning", "too_many", "images")),
        ({"categories": ["A > "]}, ("warning", "category_path_invalid", "categories[0]")),
    ],
)
def test_a_wrong_part_is_told_and_left_out(changes: dict[str, Any], expected: tuple[str, str, str]) -> None:
    row = read(VASE | changes)
    assert expected in told(row)
    assert (row.content is None) == (expected[0] == "rejected")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sku": None}, ("rejected", "field_missing", "variants[0].sku")),
        ({"sku": 5}, ("rejected", "value_invalid", "variants[0].sku")),
        ({"prices": [{"currency": "EUR", "amount_minor": 1.5}]}, ("rejected", "no_price", "variants")),
        ({"options": "Clay"}, ("rejected", "value_invalid", "variants[0].options")),
        ({"gtin": "4006381333932"}, ("warning", "gtin_invalid", "variants[0].gtin")),
        ({"gtin": "x" * 20}, ("warning", "value_invalid", "variants[0].gtin")),
        ({"weight_grams": -1}, ("warning", "value_invalid", "variants[0].weight_grams")),
        ({"stock": {"LEJ": -1}}, ("warning", "value_invalid", "variants[0].stock.LEJ")),
        ({"stock": 5}, ("warning", "value_invalid", "variants[0].stock")),
        ({"colour": "red"}, ("warning", "field_unknown", "variants[0].colour")),
    ],
)
def test_a_wrong_part_of_a_variant_is_told_with_its_sku(
    changes: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    row = read(VASE | {"variants": [VASE["variants"][0] | changes]})
    assert expected in told(row)
    assert (row.content is None) == (expected[0] == "rejected")
    assert all(problem.sku == "ALDEA-CLAY" for problem in row.problems if problem.severity == "warning")


def test_a_gtin_that_is_a_number_is_a_gtin() -> None:
    row = read(VASE | {"variants": [VASE["variants"][0] | {"gtin": 4006381333931}]})
    assert row.problems == [] and row.content is not None
    assert row.content.variants[0].gtin == "4006381333931"


def test_a_variant_of_several_without_a_price_goes_in_and_is_told() -> None:
    bare = {"sku": "ALDEA-SAND", "options": {"Colour": "Sand"}}
    row = read(VASE | {"variants": [VASE["variants"][0], bare]})
    assert told(row) == [("warning", "variant_without_price", "variants[1]")]


json_values: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*FileProduct.__struct_fields__, "x"]), json_values, max_size=6))
def test_whatever_is_in_a_field_the_line_is_taken_or_rejected_with_a_reason(changes: dict[str, Any]) -> None:
    row = read(VASE | changes)
    assert row.content is not None or any(problem.severity == "rejected" for problem in row.problems)


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader(line: bytes) -> None:
    for row in JsonlReader().feed(2, line):
        assert row.content is None and row.problems
