"""Lists of products: filtered, sorted, cut into pages, for the public and for staff."""

from __future__ import annotations

from typing import Any

import msgspec

from tests.product.catalogue import Catalogue, simple, variant
from tradewind.contracts.common import Page
from tradewind.services.product.listing import Cut, shelf_statement
from tradewind.services.product.shapes import ListQuery, ProductCard


async def fill(catalogue: Catalogue) -> None:
    await catalogue.categories("Home > Vases", "Home > Lamps", "Garden")
    await catalogue.brand("Orno")
    await catalogue.brand("Lumen & Co")
    for sku, price, category, brand in (
        ("B", 300, "Home > Vases", "Orno"),
        ("a", 100, "Home > Lamps", "Lumen & Co"),
        ("C", 200, "Garden", "Orno"),
        ("D", 200, "Home > Vases", None),
    ):
        await catalogue.create(**simple(sku, price, categories=[category], brand=brand))


async def test_a_list_shows_all_that_a_card_needs(catalogue: Catalogue) -> None:
    await catalogue.warehouse("LEJ")
    await catalogue.stock("LEJ", CLAY=3, SAND=4)
    await catalogue.categories("Home > Vases")
    await catalogue.brand("Orno")
    sand = variant("SAND", 6800, Colour="Sand")
    sand["prices"][0]["compare_at_minor"] = 8200
    saved = await catalogue.create(
        brand="Orno",
        categories=["Home > Vases"],
        images=[{"url": "/a.webp", "alt": "Vase"}],
        variants=[variant("CLAY", 7000, Colour="Clay"), sand],
    )
    answer = await catalogue.public.get("/v1/products")
    page = msgspec.json.decode(answer.content, type=Page[ProductCard])
    assert page.next is None
    card = msgspec.to_builtins(page.items[0])
    assert msgspec.json.decode(answer.content)["items"][0].keys() == card.keys()
    assert card == {
        "product_id": saved["product_id"],
        "external_id": saved["external_id"],
        "slug": "aldea-vase",
        "title": "Aldea vase",
        "brand": "Orno",
        "category": "Home > Vases",
        "image": {"url": "/a.webp", "alt": "Vase"},
        "status": "active",
        "variant_count": 2,
        "rating_average": None,
        "rating_count": 0,
        "currency": "EUR",
        "price_minor": 6800,
        "compare_at_minor": 8200,
        "available": 7,
    }


FOUND: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["D", "C", "a", "B"]),
    ({"sort": "price"}, ["a", "C", "D", "B"]),
    ({"sort": "-price"}, ["B", "D", "C", "a"]),
    ({"sort": "title"}, ["a", "B", "C", "D"]),
    ({"category": "home"}, ["D", "a", "B"]),
    ({"category": "Home > Vases"}, ["D", "B"]),
    ({"category": "lamps"}, ["a"]),
    ({"category": "nowhere"}, []),
    ({"brand": "orno"}, ["C", "B"]),
    ({"brand": "Lumen & Co"}, ["a"]),
    ({"brand": "orno", "category": "home"}, ["B"]),
    ({"price_min": 200}, ["D", "C", "B"]),
    ({"price_min": 150, "price_max": 250, "sort": "title"}, ["C", "D"]),
    ({"sku": "C"}, ["C"]),
    ({"sku": "nothing"}, []),
    ({"currency": "USD"}, []),
]


async def test_filters_and_sorts(catalogue: Catalogue) -> None:
    await fill(catalogue)
    for query, expected in FOUND:
        for limit in (24, 1):
            assert await catalogue.titles(**query, limit=limit) == expected, query


async def test_an_external_id_finds_its_product(catalogue: Catalogue) -> None:
    await catalogue.create(**simple("A", 1, external_id="a/b"))
    assert await catalogue.titles(external_id="a/b") == ["A"]
    assert await catalogue.titles(external_id="b") == []


async def test_a_page_goes_on_where_the_one_before_ended_while_products_come(catalogue: Catalogue) -> None:
    for sku in ("A", "B", "D"):
        await catalogue.create(**simple(sku, 100))
    first = await catalogue.list(sort="title", limit=2)
    await catalogue.create(**simple("C", 100))
    await catalogue.create(**simple("AA", 100))
    rest = await catalogue.list(sort="title", limit=2, cursor=first["next"])
    assert [item["title"] for item in rest["items"]] == ["C", "D"] and rest["next"] is None


async def test_prices_in_lists_are_those_of_the_currency(catalogue: Catalogue) -> None:
    both = variant("A", 900)
    both["prices"].append({"currency": "USD", "amount_minor": 100})
    await catalogue.create(**simple("A", 900, variants=[both]))
    await catalogue.create(**simple("B", 500))
    assert await catalogue.titles(sort="price") == ["B", "A"]
    page = await catalogue.list(currency="USD")
    assert [(i["title"], i["price_minor"], i["currency"]) for i in page["items"]] == [("A", 100, "USD")]


async def test_staff_see_what_the_public_does_not(catalogue: Catalogue) -> None:
    await catalogue.categories("Home")
    await catalogue.brand("Orno")
    where: dict[str, Any] = {"status": "draft", "categories": ["Home"], "brand": "Orno"}
    await catalogue.create(**simple("A", 300, **where))
    await catalogue.create(**simple("B", 100, **where))
    await catalogue.create(title="C", options=[], variants=[], **where)
    await catalogue.create(**simple("D", 100))

    async def titles(**query: Any) -> list[str]:
        found, cursor = [], None
        while True:
            answer = await catalogue.http.get(
                "/v1/products", params=query | ({"cursor": cursor} if cursor else {})
            )
            assert answer.status_code == 200, answer.text
            page = msgspec.json.decode(answer.content, type=Page[ProductCard])
            found += [item.title for item in page.items]
            cursor = page.next
            if cursor is None:
                return found

    for limit in (24, 1):
        assert await titles(status="draft", limit=limit) == ["C", "B", "A"]
        assert await titles(status="draft", sort="title", limit=limit) == ["A", "B", "C"]
        assert await titles(status="draft", sort="price", limit=limit) == ["C", "B", "A"]
        assert await titles(status="draft", sort="-price", limit=limit) == ["A", "B", "C"]
    assert await titles(status="draft", price_min=200) == ["A"]
    assert await titles(status="draft", category="home", brand="Orno", sku="B") == ["B"]
    assert await titles(status="archived") == []
    assert await titles() == await catalogue.titles() == ["D"]


async def test_the_public_may_not_ask_for_a_status(catalogue: Catalogue) -> None:
    answer = await catalogue.public.get("/v1/products", params={"status": "active"})
    assert answer.status_code == 401


SENSELESS: list[tuple[dict[str, str], str]] = [
    ({"sort": "best"}, "sort"),
    ({"limit": "0"}, "limit"),
    ({"limit": "101"}, "limit"),
    ({"price_min": "-1"}, "price_min"),
    ({"price_max": "9" * 30}, "price_max"),
    ({"currency": "euro"}, "currency"),
    ({"currency": "XXX"}, "currency"),
    ({"currency": "EUR\n"}, "currency"),
    ({"cursor": "nonsense"}, "cursor"),
    ({"cursor": "WyJwcmljZSIsMSwiMCJd"}, "cursor"),
    ({"colour": "red"}, "colour"),
    ({"category": "a\x00b"}, "category"),
]


async def test_a_query_that_makes_no_sense_is_refused_with_its_name(catalogue: Catalogue) -> None:
    for query, field in SENSELESS:
        answer = await catalogue.public.get("/v1/products", params=query)
        assert (answer.status_code, answer.json()["field"]) == (422, field), query


async def test_a_cursor_belongs_to_its_sort(catalogue: Catalogue) -> None:
    await catalogue.create(**simple("A", 1))
    await catalogue.create(**simple("B", 1))
    cursor = (await catalogue.list(sort="price", limit=1))["next"]
    answer = await catalogue.public.get("/v1/products", params={"sort": "-price", "cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")


async def test_public_lists_are_read_in_the_order_of_an_index(catalogue: Catalogue) -> None:
    """With enough products, no list sorts what it reads: the plan has no Sort."""
    lines = [
        {
            "external_id": f"p{number}",
            "title": f"Product {number * 7919 % 3000}",
            "brand": f"Brand {number % 5}",
            "categories": [f"Root > Leaf {number % 20}"],
            "variants": [
                {"sku": f"S{number}", "prices": [{"currency": "EUR", "amount_minor": number * 31 % 977}]}
            ],
        }
        for number in range(3000)
    ]
    await catalogue.take_in(lines)
    database = catalogue.shop.database("product")
    await database.execute("ANALYZE")
    for sort in ("newest", "price", "-price", "title", "rating"):
        for filtered in ({}, {"category": "root"}, {"category": "leaf-3"}, {"brand": "brand-1"}):
            sql, values = shelf_statement(ListQuery(sort=sort, **filtered), "EUR", Cut(None, 24))
            plan = "\n".join(row[0] for row in await database.fetch(f"EXPLAIN {sql}", *values))
            assert "Sort" not in plan, (sort, filtered, plan)
