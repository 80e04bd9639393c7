"""What must hold of a product before anything is written: GTINs, slugs, options, prices."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.services.product.domain import (
    LONGEST_SLUG,
    TRANSITIONS,
    Content,
    Price,
    Variant,
    inspect,
    is_category_path,
    is_gtin,
    slug_of,
    slugs_for,
)


def of(status: Any = "active", **changes: Any) -> Content:
    variants = [Variant("A", [Price("EUR", 100)])]
    return msgspec.structs.replace(Content("A vase", status, "vase", variants=variants), **changes)


def codes(content: Content) -> list[str]:
    return [problem.code for problem in inspect(content)[1]]


@pytest.mark.parametrize(
    "gtin", ["4006381333931", "96385074", "036000291452", "10614141000415", "0095205603217"]
)
def test_a_gtin_with_its_check_digit_is_one(gtin: str) -> None:
    assert is_gtin(gtin)


@pytest.mark.parametrize(
    "text", ["", "4006381333932", "400638133393", "4006381333931 ", "ABCDEFGH", "12345", "٤٠٠٦٣٨١٣٣٣٩٣١"]
)
def test_what_is_no_gtin_is_told(text: str) -> None:
    assert not is_gtin(text)


@given(st.text("0123456789", min_size=13, max_size=13), st.integers(0, 12), st.integers(1, 9))
def test_a_gtin_with_one_wrong_digit_is_found_out(digits: str, place: int, shift: int) -> None:
    body = digits[:12]
    right = next(body + check for check in "0123456789" if is_gtin(body + check))
    wrong = right[:place] + str((int(right[place]) + shift) % 10) + right[place + 1 :]
    assert not is_gtin(wrong)


@given(st.text())
def test_every_title_has_a_slug_that_fits_a_url(title: str) -> None:
    slug, longer = slugs_for(title, "an-id")
    for made in (slug, longer):
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", made) and len(made) <= LONGEST_SLUG


def test_slugs_read_like_their_titles() -> None:
    assert slug_of("Große Vase, «Ålesund» & Co. – 24 cm") == "grosse-vase-alesund-and-co-24-cm"


def test_two_products_of_one_title_get_different_longer_slugs() -> None:
    assert slugs_for("Vase", "a")[1] != slugs_for("Vase", "b")[1]


@given(st.lists(st.text(max_size=12), max_size=10))
def test_a_category_path_that_is_taken_comes_apart_into_its_names(names: list[str]) -> None:
    path = " > ".join(names)
    if is_category_path(path):
        assert 1 <= len(path.split(" > ")) <= 8 and all(name.strip() for name in path.split(" > "))


def test_a_sound_product_comes_back_as_it_is() -> None:
    content = of(categories=["Home > Vases"])
    assert inspect(content) == (content, [])


def test_what_can_be_left_out_is_left_out_and_told() -> None:
    prices = [Price("EUR", 100, 100), Price("XXX", 5)]
    content, problems = inspect(
        of(variants=[Variant("A", prices, gtin="123")], categories=["Home", "Home", "Home > "])
    )
    assert content.variants == [Variant("A", [Price("EUR", 100)])] and content.categories == ["Home"]
    assert {(problem.field, problem.code) for problem in problems} == {
        ("variants[0].gtin", "gtin_invalid"),
        ("variants[0].prices[0].compare_at_minor", "compare_at_not_above_price"),
        ("variants[0].prices[1].currency", "currency_unknown"),
        ("categories[1]", "category_repeated"),
        ("categories[2]", "category_path_invalid"),
    }
    assert not any(problem.fatal for problem in problems)


def test_what_could_not_be_sold_right_is_fatal() -> None:
    priced = [Price("EUR", 100)]
    red, blue = {"Colour": "Red"}, {"Colour": "Blue"}
    assert codes(of(variants=[])) == ["no_price"]
    assert codes(of(variants=[Variant("A")])) == ["no_price"]
    assert codes(of("draft", variants=[Variant("A")])) == []
    assert codes(of(variants=[Variant("A", priced), Variant("A", priced)])) == [
        "sku_repeated",
        "variant_repeated",
    ]
    assert codes(of(options=["Colour"])) == ["options_mismatch"]
    assert codes(of(variants=[Variant("A", priced, options=red)])) == ["options_mismatch"]
    assert codes(
        of(
            options=["Colour"],
            variants=[Variant("A", priced, options=red), Variant("B", priced, options=red)],
        )
    ) == ["variant_repeated"]
    assert (
        codes(
            of(
                options=["Colour"],
                variants=[Variant(s, priced, options=o) for s, o in (("A", red), ("B", blue))],
            )
        )
        == []
    )
    assert codes(of(variants=[Variant("A", [Price("EUR", 1), Price("EUR", 2)])])) == ["price_repeated"]
    assert "option_repeated" in codes(of(options=["Size", "Size"]))


def test_no_status_leads_back_to_draft() -> None:
    assert all("draft" not in reached for reached in TRANSITIONS.values())
