"""Facets, filters, sorts and pages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.search.goods import NUMBERED
from tests.search.stall import Stall, draft

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_facet_counts_as_if_nothing_of_it_were_chosen(market: Stall) -> None:
    free = await market.facet("brand", "mouse")
    chosen = await market.facet("brand", "mouse", brand="Nagetier")
    assert free == chosen == {"Nagetier": 3}
    lamps = await market.facet("attr.material", "lamp")
    assert lamps == {"Linen": 1, "Brass": 1}
    assert await market.facet("attr.material", "lamp", attr_material="Brass") == lamps
    assert await market.titles("lamp", attr_material="Brass") == ["Brass desk lamp"]


async def test_values_of_a_name_are_alternatives_and_names_must_all_hold(market: Stall) -> None:
    both = await market.titles("lamp", attr_material=["Brass", "Linen"])
    assert set(both) == {"Brass desk lamp", "Linen lamp"}
    assert await market.titles("lamp", attr_material=["Brass", "Linen"], category="office") == [
        "Brass desk lamp"
    ]
    assert await market.titles("lamp", attr_material="Brass", brand="Beamer") == []


async def test_what_is_chosen_narrows_the_other_facets(market: Stall) -> None:
    assert await market.facet("brand", category="lighting") == {"Lumo": 2}
    assert await market.facet("attr.dishwasher_safe", category="mugs-and-cups") == {"Yes": 2, "No": 1}


async def test_a_category_has_what_is_below_it_by_slug_and_by_path(market: Stall) -> None:
    below = {"Linen lamp", "Brass desk lamp"}
    assert set(await market.titles(category="lighting")) == below
    assert set(await market.titles(category="table-lamps")) == below
    assert set(await market.titles(category="Lighting > Table lamps")) == below
    assert (await market.search(category="nowhere"))["total"] == 0


async def test_prices_are_filtered_with_both_ends_and_offered_in_ranges(market: Stall) -> None:
    assert set(await market.titles(q="lamp", price_min=9900, price_max=12900)) == {
        "Linen lamp",
        "Projector lamp 200 W",
    }
    assert await market.titles(q="lamp", price_min=9901, price_max=12900) == ["Linen lamp"]
    ranges = await market.facet("price")
    assert sum(ranges.values()) == 56 and 1 < len(ranges) <= 6
    for value, count in ranges.items():
        low, _, high = value.partition("-")
        narrowed = await market.search(price_min=low, **({"price_max": high} if high else {}))
        assert narrowed["total"] == count


async def test_only_what_can_be_had(market: Stall) -> None:
    assert set(await market.titles(in_stock="true")) == {
        "Dipped mugs",
        "Linen lamp",
        "Optical mouse",
        "Headset with microphone",
    }
    assert await market.facet("availability", "lamp", in_stock="true") == {"In stock": 1, "Out of stock": 2}


async def test_sorts(market: Stall) -> None:
    cheap = await market.search("lamp", sort="price")
    assert [hit["price_minor"] for hit in cheap["hits"]] == [9900, 12900, 18900]
    dear = await market.search("lamp", sort="-price")
    assert [hit["price_minor"] for hit in dear["hits"]] == [18900, 12900, 9900]


@pytest.mark.parametrize("sort", ["relevance", "price", "-price", "newest", "rating"])
async def test_pages_hold_everything_once(market: Stall, sort: str) -> None:
    seen: list[str] = []
    page: dict[str, Any] = {"next": None}
    while True:
        cursor = {"cursor": page["next"]} if page["next"] else {}
        page = await market.search("jigsaw", sort=sort, limit=7, **cursor)
        assert page["total"] == NUMBERED
        seen += [hit["sku"] for hit in page["hits"]]
        if page["next"] is None:
            break
    assert len(seen) == len(set(seen)) == NUMBERED


async def test_a_cursor_belongs_to_its_sort(market: Stall) -> None:
    page = await market.search("jigsaw", limit=5)
    answer = await market.public.get(
        "/v1/search", params={"q": "jigsaw", "sort": "price", "cursor": page["next"]}
    )
    assert answer.status_code == 422 and answer.json()["field"] == "cursor"


@pytest.mark.asyncio(loop_scope="function")
@pytest.mark.parametrize("sort", ["relevance", "price"])
async def test_pages_stay_where_they_are_while_products_come_and_go(stall: Stall, sort: str) -> None:
    made = [await stall.create(f"Kite {n:02}", price_minor=1000 + n) for n in range(12)]
    await stall.settle()
    before = await stall.search("kite", sort=sort, limit=12)
    order = [hit["product_id"] for hit in before["hits"]]
    assert set(order) == set(made)
    first = await stall.search("kite", sort=sort, limit=5)
    shown = [hit["product_id"] for hit in first["hits"]]
    assert shown == order[:5]
    await stall.create(
        "Kite kite", price_minor=100, attributes={"kind": "kite"}
    )  # before all others, either way
    answer = await stall.staff.post(f"/v1/products/{order[1]}/archive")
    assert answer.is_success, answer.text
    await stall.settle()
    second = await stall.search("kite", sort=sort, limit=12, cursor=first["next"])
    assert [hit["product_id"] for hit in second["hits"]] == order[5:]


@pytest.mark.asyncio(loop_scope="function")
async def test_ratings_and_currencies(stall: Stall) -> None:
    body = draft("Kite")
    body["variants"] = [
        {
            "sku": "KITE-S",
            "options": {"Size": "S"},
            "prices": [
                {"currency": "EUR", "amount_minor": 2000, "compare_at_minor": 2500},
                {"currency": "USD", "amount_minor": 2300},
            ],
        },
        {"sku": "KITE-L", "options": {"Size": "L"}, "prices": [{"currency": "EUR", "amount_minor": 3000}]},
    ]
    body["options"] = ["Size"]
    assert (await stall.staff.post("/v1/products", json=body)).status_code == 201
    await stall.create("Paper kite")
    await stall.settle()
    assert await stall.titles("kite", sort="newest") == ["Paper kite", "Kite"]
    (euro,) = [hit for hit in (await stall.search("kite"))["hits"] if hit["title"] == "Kite"]
    assert (euro["price_minor"], euro["compare_at_minor"], euro["variant_count"]) == (2000, 2500, 2)
    (dollar,) = (await stall.search("kite", currency="USD"))["hits"]
    assert (dollar["price_minor"], dollar["compare_at_minor"]) == (2300, None)
    assert await stall.titles("kite", attr_Size="L") == ["Kite"]
    assert (await stall.search("kite", rating_min=4))["total"] == 0
