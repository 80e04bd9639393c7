"""What a shopper finds by what is typed."""

from __future__ import annotations

import pytest

from tests.search.stall import Stall

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_slip_of_the_keyboard_is_forgiven_and_said(market: Stall) -> None:
    found = await market.search("wirelss mouse")
    assert found["hits"][0]["title"] == "Wireless mouse"
    assert found["did_you_mean"] == "wireless mouse"
    assert (await market.search("headzet"))["hits"][0]["title"] in (
        "Headset with microphone",
        "Conference headset",
    )


async def test_a_word_that_products_have_is_taken_at_its_word(market: Stall) -> None:
    found = await market.search("lamp")
    assert found["did_you_mean"] is None
    assert {hit["title"] for hit in found["hits"]} == {
        "Linen lamp",
        "Brass desk lamp",
        "Projector lamp 200 W",
    }


async def test_a_word_is_found_while_it_is_being_typed(market: Stall) -> None:
    assert (await market.titles("proj"))[0] in ("Portable projector Black", "Projector lamp 200 W")
    assert "Wireless mouse" in await market.titles("wirel")
    assert (await market.titles("wireless mou"))[0] == "Wireless mouse"


async def test_words_are_stemmed_in_english_and_in_german(market: Stall) -> None:
    assert (
        set(await market.titles("mugs")) == set(await market.titles("mug")) >= {"Enamel mug", "Dipped mugs"}
    )
    assert await market.titles("gartenstuhl") == ["Gartenstühle aus Holz"]
    assert await market.titles("kabelloser kopfhoerer") == ["Kopfhörer kabellos"]
    assert await market.titles("KOPFHÖRER") == ["Kopfhörer kabellos"]


async def test_words_may_be_written_apart_or_together(market: Stall) -> None:
    assert set(await market.titles("powerbank")) == {"Power bank 20000", "Small power bank"}
    assert set(await market.titles("head set")) == {"Headset with microphone", "Conference headset"}


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("NAG-100/X", "Wireless mouse"),
        ("nag 100 x", "Wireless mouse"),
        ("4006381333931", "Brass desk lamp"),
        ("MUG-ENAMEL", "Enamel mug"),
    ],
)
async def test_a_whole_code_comes_first_however_it_is_written(market: Stall, code: str, title: str) -> None:
    assert (await market.titles(code))[0] == title


async def test_the_thing_itself_comes_before_what_goes_with_it(market: Stall) -> None:
    assert (await market.titles("projector"))[0] == "Portable projector Black"
    assert (await market.titles("mouse"))[-1] == "Mouse pad Black"


async def test_what_has_every_word_comes_first_and_little_is_filled_up(market: Stall) -> None:
    titles = await market.titles("brass lamp")
    assert titles[0] == "Brass desk lamp"
    assert set(titles[1:]) == {"Linen lamp", "Projector lamp 200 W"}


async def test_what_was_searched_for_is_marked(market: Stall) -> None:
    (hit,) = [hit for hit in (await market.search("mug"))["hits"] if hit["sku"] == "MUG-DIPPED"]
    assert hit["highlighted"] == [{"text": "Dipped ", "hit": False}, {"text": "mugs", "hit": True}]
    assert {"text": "mugs", "hit": True} in hit["snippet"]


async def test_a_hit_says_what_a_list_shows(market: Stall) -> None:
    (hit,) = [hit for hit in (await market.search("brass lamp"))["hits"] if hit["sku"] == "LAMP-BRASS"]
    assert (hit["brand"], hit["category"]) == ("Lumo", "Lighting > Table lamps")
    assert (hit["price_minor"], hit["currency"], hit["in_stock"]) == (18900, "EUR", False)
    assert (hit["rating"], hit["rating_count"], hit["variant_count"]) == (None, 0, 1)


async def test_nothing_is_found_in_a_currency_that_nothing_is_sold_for(market: Stall) -> None:
    assert (await market.search("mug", currency="USD"))["total"] == 0


async def test_nothing_asked_finds_everything(market: Stall) -> None:
    assert (await market.search())["total"] == 56


@pytest.mark.parametrize(
    "odd", ["'", "!!!", "🙂", "a" * 200, '+-&|(){}[]^"~*?:\\/', "OR AND NOT", "title:mug", "*"]
)
async def test_whatever_is_typed_is_words_or_nothing(market: Stall, odd: str) -> None:
    assert (await market.search(odd))["total"] >= 0
    assert "queries" in await market.suggest(odd)


async def test_suggestions_go_on_with_what_is_typed(market: Stall) -> None:
    told = await market.suggest("mu")
    assert "mugs" in [query["text"] for query in told["queries"]]
    assert {product["title"] for product in told["products"]} >= {"Dipped mugs", "Enamel mug"}
    assert told["categories"][0]["path"] == "Tableware > Mugs and cups"
    assert told["categories"][0]["slug"] == "mugs-and-cups"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"q": "x" * 201}, "q"),
        ({"limit": "0"}, "limit"),
        ({"price_min": "-1"}, "price_min"),
        ({"currency": "XXX"}, "currency"),
        ({"rating_min": "6"}, "rating_min"),
        ({"sort": "best"}, "sort"),
        ({"cursor": "bm9uc2Vuc2U"}, "cursor"),
        ({"attr": "Red"}, "attr"),
        ({"colour": "Red"}, "colour"),
        ({"attr.": "Red"}, "attr"),
    ],
)
async def test_what_cannot_be_asked_is_refused_by_its_name(
    market: Stall, query: dict[str, str], field: str
) -> None:
    answer = await market.public.get("/v1/search", params=query)
    assert answer.status_code == 422, answer.text
    assert answer.json()["field"] == field
