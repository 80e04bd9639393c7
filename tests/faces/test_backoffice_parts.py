"""Parts of the back office that need no browser: charts as numbers, amounts as typed, a product as a form."""

from __future__ import annotations

import itertools
import re
from typing import cast

import pytest

from tradewind.contracts.currencies import formatted
from tradewind.faces.backoffice import product_form
from tradewind.faces.backoffice.amounts import minor_units, typed
from tradewind.faces.backoffice.places import GROUPS, all_places
from tradewind.faces.backoffice.told import told
from tradewind.faces.backoffice.views import VIEWS
from tradewind.faces.kit import charts
from tradewind.faces.kit.languages import translations
from tradewind.faces.kit.visit import Fields, Visit


@pytest.mark.parametrize("largest", [0, 1, 3, 7, 38, 99, 101, 3_800, 38_000, 123_456, 99_999_999])
def test_a_scale_has_few_round_steps_and_reaches_the_largest_value(largest: int) -> None:
    ticks = charts.nice_ticks(largest)
    steps = {after - before for before, after in itertools.pairwise(ticks)}
    assert len(steps) == 1, "even steps"
    assert re.fullmatch("(1|2|25?|5)0*", str(*steps))
    assert ticks[0] == 0 <= largest <= ticks[-1]
    assert 2 <= len(ticks) <= 6


def test_a_curve_goes_through_its_values_and_never_beyond_them() -> None:
    values = [0, 100, 100, 3, 50, 0]
    path = charts.smooth_path(values, 500, 100, 100)
    heights = [float(y) for y in re.findall(r"[ \d.]+ (-?[\d.]+)", path)]
    assert min(heights) >= 0
    assert max(heights) <= 100
    assert charts.smooth_path([], 500, 100, 100) == ""
    assert charts.smooth_path([5], 500, 100, 10) == "M0 50.0C166.7 50.0 333.3 50.0 500.0 50.0"


def test_a_chart_says_in_a_table_what_it_draws_also_what_is_below_zero() -> None:
    chart = charts.area_chart(
        "Net", ["Mon", "Tue"], [-5, 8], [1, 2], show=str, show_tick=str, names=("now", "then"), summary="8"
    )
    assert chart.rows == [("Mon", "-5", "1"), ("Tue", "8", "2")]
    assert [tick.text for tick in chart.ticks] == ["0", "2", "4", "6", "8"]
    slices = charts.donut([("a", 3), ("b", 1)], str)
    assert [round(one.share, 2) for one in slices] == [0.75, 0.25]


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("12.50", "EUR", 1250),
        ("12,5", "EUR", 1250),
        ("1 200", "JPY", 1200),
        ("1.234", "KWD", 1234),
        ("12.505", "EUR", None),
        ("-1", "EUR", None),
        ("nineteen", "EUR", None),
        ("NaN", "EUR", None),
        ("1e40", "EUR", None),
        ("", "EUR", None),
    ],
)
def test_amounts_are_typed_with_a_point_or_a_comma(text: str, currency: str, amount: int | None) -> None:
    assert minor_units(text, currency) == amount
    if amount is not None:
        assert minor_units(typed(amount, currency), currency) == amount


def test_a_product_goes_into_its_form_and_comes_back_as_it_was() -> None:
    product = {
        "title": "Bowl",
        "slug": "bowl",
        "description": "Thrown.\n\nGlazed.",
        "brand": {"name": "Kiln Row"},
        "tax_class": "standard",
        "version": 3,
        "categories": [{"path": "Tableware > Bowls"}],
        "options": ["Colour", "Size"],
        "attributes": {"Material": ["Clay", "Glaze"], "Height": 12, "Oven": True, "Code": "007"},
        "images": [{"url": "/media/a.webp", "alt": "A bowl"}],
        "variants": [
            {
                "sku": "BOWL-1",
                "gtin": None,
                "weight_grams": 400,
                "options": {"Colour": "Clay", "Size": "L"},
                "prices": [{"currency": "EUR", "amount_minor": 1990, "compare_at_minor": 2490}],
                "available": 4,
            }
        ],
    }
    sent, mistakes = product_form.body(product_form.of_product(product), product)
    assert not mistakes
    assert sent["attributes"] == product["attributes"], "what was not touched keeps its type"
    (variant,) = sent["variants"]
    assert variant["options"] == {"Colour": "Clay", "Size": "L"}
    assert variant["prices"] == [{"currency": "EUR", "amount_minor": 1990, "compare_at_minor": 2490}]
    assert (sent["brand"], sent["images"]) == ("Kiln Row", [{"url": "/media/a.webp", "alt": "A bowl"}])


def test_rows_that_are_left_empty_are_left_out_and_mistakes_are_named() -> None:
    fields = Fields(
        [
            ("title", ""),
            ("options", "Colour"),
            ("variant.0.sku", "A"),
            ("variant.0.price.EUR", "a lot"),
            ("variant.1.sku", ""),
            ("attribute.0.name", "Height"),
            ("attribute.0.value", "12"),
            ("attribute.1.name", ""),
            ("picture.0.url", "/media/a.webp"),
            ("picture.0.position", "2"),
            ("picture.1.url", "/media/b.webp"),
            ("picture.1.position", "1"),
            ("picture.2.url", "/media/c.webp"),
            ("picture.2.remove", "on"),
        ]
    )
    sent, mistakes = product_form.body(product_form.of_fields(fields, ["EUR"]), None)
    assert mistakes == {"title": "required", "variant.0.price.EUR": "amount_invalid"}
    assert (sent["attributes"], len(sent["variants"])) == ({"Height": 12}, 1)
    assert [image["url"] for image in sent["images"]] == ["/media/b.webp", "/media/a.webp"]


def test_every_place_is_there_once_with_a_key_of_its_own_and_leads_to_a_page() -> None:
    places = all_places(list(GROUPS))
    paths, keys = [place.path for place in places], [place.key for place in places if place.key]
    assert len(set(paths)) == len(paths)
    assert len(set(keys)) == len(keys)
    pages = {view.path for view in VIEWS if view.method == "GET"}
    assert {path.partition("?")[0] for path in paths} <= pages
    assert sum(len(group.places) for group in GROUPS) <= 20, "what is more belongs below a place"


class German:
    """Who reads the history of an order."""

    language = "de"

    def gettext(self, text: str, **values: str) -> str:
        translated = translations("de").gettext(text)
        return translated % values if values else translated


@pytest.mark.parametrize(
    ("kind", "written", "shown"),
    [
        ("payment", f"{formatted(6800, 'EUR')} arrived: RE-1", "68,00 € eingegangen: RE-1"),
        ("payment", f"refund of {formatted(500, 'JPY')} asked for", "Rückzahlung von 500 ¥ angefordert"),
        (
            "dispute",
            f"the dispute of {formatted(123456, 'EUR')} was lost",
            "der Streit um 1.234,56 € ging verloren",
        ),
        (
            "cancellation",
            "cancelled 1 x MUG, 2 x VASE: too dear: alas",
            "1 x MUG, 2 x VASE storniert: too dear: alas",
        ),
        ("return", "returned 1 x MUG (restock)", "returned 1 x MUG (wie neu)"),
        ("staff_note", "stock is held", "stock is held"),
        ("state", "something else", "something else"),
    ],
)
def test_history_is_told_in_the_language_of_who_reads(kind: str, written: str, shown: str) -> None:
    assert told(cast(Visit, German()), kind, written).replace("\xa0", " ") == shown


def test_what_is_no_number_is_passed_on_as_it_was_typed() -> None:
    typed = Fields(
        [
            ("a", "3"),
            ("b", "1.5"),
            ("c", ""),
            ("quantity:MUG", "2"),
            ("quantity:VASE", "0"),
            ("quantity:X", "two"),
        ]
    )
    assert [typed.whole_as_typed(name, 7) for name in "abcd"] == [3, "1.5", 7, 7]
    assert typed.pieces() == [{"sku": "MUG", "quantity": 2}, {"sku": "X", "quantity": "two"}]
    assert typed.pieces("back:") == []
