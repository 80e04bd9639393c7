"""What shop windows and back offices are built on: batches of cards, related products, what is in stock, counts."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

from tests.product.catalogue import Catalogue, simple, variant
from tests.shop import customer

GTIN = "4006381333931"


async def staff_titles(catalogue: Catalogue, **query: Any) -> list[str]:
    answer = await catalogue.http.get("/v1/products", params={"sort": "title", **query})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return [item["title"] for item in answer.json()["items"]]


async def test_cards_are_had_in_a_batch_in_the_order_asked_for(catalogue: Catalogue) -> None:
    made = [await catalogue.create(**simple(f"S{number:02}", 100 + number)) for number in range(30)]
    hidden = await catalogue.create(**simple("DRAFT", 100, status="draft"))
    ids = [made[place]["product_id"] for place in (*range(29, 1, -1), 0)]
    page = await catalogue.list(product_id=[*ids, hidden["product_id"], str(uuid.uuid4())])
    assert [item["product_id"] for item in page["items"]] == ids and page["next"] is None
    answer = await catalogue.http.get(
        "/v1/products", params={"product_id": [hidden["product_id"], ids[0]], "status": "any"}
    )
    assert [item["title"] for item in answer.json()["items"]] == ["DRAFT", "S29"]
    most = [str(uuid.uuid4()) for _ in range(100)]
    assert (await catalogue.list(product_id=most, currency="EUR", sort="title"))["items"] == []
    many = await catalogue.public.get("/v1/products", params={"product_id": [*most, ids[0]]})
    assert (many.status_code, many.json()["field"]) == (422, "product_id")


async def test_lists_show_what_is_in_stock_or_what_is_not(catalogue: Catalogue) -> None:
    await catalogue.warehouse("LEJ")
    for number in range(9):
        await catalogue.create(**simple(f"S{number}", 100))
    await catalogue.stock("LEJ", **{f"S{number}": number % 3 for number in range(9)})
    there = ["S1", "S2", "S4", "S5", "S7", "S8"]
    assert await catalogue.titles(in_stock="true", sort="title") == there
    assert await catalogue.titles(in_stock="true", sort="title", limit=2) == there
    assert await catalogue.titles(in_stock="true", sort="title", limit=6) == there
    assert await catalogue.titles(in_stock="false", sort="title", limit=1) == ["S0", "S3", "S6"]
    assert await catalogue.titles(in_stock="true", limit=5) == there[::-1]
    assert await staff_titles(catalogue, in_stock="false", status="any") == ["S0", "S3", "S6"]
    assert await catalogue.titles(in_stock="true", brand="none") == []


async def test_a_walk_through_what_is_sold_out_ends(catalogue: Catalogue) -> None:
    """A page that found too few in what it looked through says where to go on."""
    await catalogue.warehouse("LEJ")
    await catalogue.take_in(
        [
            {
                "external_id": f"p{n}",
                "title": f"P{n:04}",
                "status": "active",
                "variants": [variant(f"P{n:04}", 100)],
            }
            for n in range(2100)
        ]
    )
    await catalogue.stock("LEJ", P0003=1, P2099=1)
    page = await catalogue.list(in_stock="true", sort="title")
    assert [item["title"] for item in page["items"]] == ["P0003"] and page["next"]
    page = await catalogue.list(in_stock="true", sort="title", cursor=page["next"])
    assert [item["title"] for item in page["items"]] == ["P2099"] and page["next"] is None


async def test_staff_find_products_by_what_they_remember(catalogue: Catalogue) -> None:
    vase = variant("ALDEA-CLAY", 100) | {"gtin": GTIN}
    await catalogue.create(title="Aldea vase, speckled", options=[], variants=[vase], external_id="tw-1")
    await catalogue.create(**simple("B_100%", 100, title="Bowl", status="draft"))
    await catalogue.create(**simple("BX1000", 100, title="Vase of glass"))
    for words, wanted in (
        ("VASE", ["Aldea vase, speckled", "Vase of glass"]),
        ("vase speck", ["Aldea vase, speckled"]),
        ("aldea-c", ["Aldea vase, speckled"]),
        (GTIN, ["Aldea vase, speckled"]),
        ("tw-1", ["Aldea vase, speckled"]),
        ("b_1", ["Bowl"]),
        ("100%", []),
        ("clay", []),
        ("\\", []),
    ):
        assert await staff_titles(catalogue, q=words) == wanted, words
    assert await staff_titles(catalogue, q="b", status="draft") == ["Bowl"]
    assert await staff_titles(catalogue, status="any") == ["Aldea vase, speckled", "Bowl", "Vase of glass"]
    counts = await catalogue.http.get("/v1/products/counts")
    assert counts.json() == {"draft": 1, "active": 2, "archived": 0}
    async with catalogue.shop.client(customer()) as client:
        for path in ("/v1/products?q=vase", "/v1/products?status=any", "/v1/products/counts"):
            assert (await client.get(path)).status_code == 403


async def test_related_products_are_of_the_same_kind_first(catalogue: Catalogue) -> None:
    await catalogue.categories("Home > Vases > Tall", "Home > Lamps", "Garden")
    await catalogue.brand("Orno")
    seen = await catalogue.create(**simple("SEEN", 1, categories=["Home > Vases > Tall"], brand="Orno"))
    for sku, category, brand, status in (
        ("BRAND", "Garden", "Orno", "active"),
        ("GARDEN", "Garden", None, "active"),
        ("LAMP", "Home > Lamps", None, "active"),
        ("VASE", "Home > Vases", None, "active"),
        ("TALL", "Home > Vases > Tall", "Orno", "active"),
        ("SECRET", "Home > Vases > Tall", "Orno", "draft"),
    ):
        await catalogue.create(**simple(sku, 100, categories=[category], brand=brand, status=status))
    path = f"/v1/products/{seen['product_id']}/related"

    async def related(**query: Any) -> list[str]:
        answer = await catalogue.public.get(path, params=query)
        assert answer.status_code == 200, answer.text
        assert answer.json()["next"] is None
        return [item["title"] for item in answer.json()["items"]]

    assert await related() == ["TALL", "VASE", "LAMP", "BRAND"]
    assert await related(limit=2) == ["TALL", "VASE"]
    assert await related(currency="USD") == []
    alone = await catalogue.create(**simple("ALONE", 1))
    nothing = await catalogue.public.get(f"/v1/products/{alone['product_id']}/related")
    assert nothing.json()["items"] == []
    for unseen in (
        str(uuid.uuid4()),
        (await catalogue.create(**simple("D", 1, status="draft")))["product_id"],
    ):
        answer = await catalogue.public.get(f"/v1/products/{unseen}/related")
        assert (answer.status_code, answer.json()["code"]) == (404, "product_not_found")


async def test_a_category_knows_its_way_and_what_is_below_it(catalogue: Catalogue) -> None:
    made = await catalogue.categories("Home > Vases > Tall", "Home > Vases > Broad", "Home > Lamps")
    await catalogue.create(**simple("A", 1, categories=["Home > Vases > Tall"]))
    await catalogue.create(**simple("B", 1, categories=["Home > Vases", "Home > Vases > Broad"]))
    await catalogue.create(**simple("C", 1, categories=["Home > Vases"], status="draft"))
    answer = (await catalogue.public.get("/v1/categories/by-slug/vases")).json()
    assert answer["category_id"] == made["Home > Vases"]["category_id"]
    assert [one["name"] for one in answer["breadcrumb"]] == ["Home"]
    assert [one["slug"] for one in answer["children"]] == ["tall", "broad"]
    assert (answer["path"], answer["product_count"]) == ("Home > Vases", 2)
    dollars = await catalogue.public.get("/v1/categories/by-slug/vases", params={"currency": "USD"})
    assert dollars.json()["product_count"] == 0
    leaf = (await catalogue.public.get("/v1/categories/by-slug/tall")).json()
    assert ([one["name"] for one in leaf["breadcrumb"]], leaf["children"]) == (["Home", "Vases"], [])
    missing = await catalogue.public.get("/v1/categories/by-slug/none")
    assert (missing.status_code, missing.json()["code"]) == (404, "category_not_found")


async def test_a_brand_is_found_by_its_slug(catalogue: Catalogue) -> None:
    brand = await catalogue.brand("Studio Orno")
    assert (await catalogue.public.get("/v1/brands/by-slug/studio-orno")).json() == brand
    missing = await catalogue.public.get("/v1/brands/by-slug/none")
    assert (missing.status_code, missing.json()["code"]) == (404, "brand_not_found")


async def test_a_renamed_brand_is_shown_by_its_products_at_once(catalogue: Catalogue) -> None:
    orno, other = await catalogue.brand("Orno"), await catalogue.brand("Other")
    saved = await catalogue.create(**simple("A", 1, brand="Orno"))
    path = f"/v1/brands/{orno['brand_id']}"
    for body, code in (({"name": "Other"}, "brand_exists"), ({"slug": "other"}, "slug_taken")):
        refused = await catalogue.http.patch(path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, code)
    renamed = await catalogue.http.patch(path, json={"name": "Orno & Daughters"})
    assert renamed.json() == {**orno, "name": "Orno & Daughters"}
    assert (await catalogue.detail(saved["product_id"]))["brand"]["name"] == "Orno & Daughters"
    assert [item["brand"] for item in (await catalogue.list(brand="orno"))["items"]] == ["Orno & Daughters"]
    (document,) = await catalogue.product.documents([uuid.UUID(saved["product_id"])])
    assert (document.brand, document.version) == ("Orno & Daughters", 2)
    before = len(await catalogue.told())
    await catalogue.http.patch(path, json={"name": "Orno & Daughters"})
    await catalogue.http.patch(f"/v1/brands/{other['brand_id']}", json={"slug": "others"})
    assert len(await catalogue.told()) == before
    missing = await catalogue.http.patch(f"/v1/brands/{uuid.uuid4()}", json={"name": "X"})
    assert (missing.status_code, missing.json()["code"]) == (404, "brand_not_found")


async def test_brands_are_renamed_while_products_come_and_change(catalogue: Catalogue) -> None:
    """Nothing waits for each other for ever, and every page shows the brand as it is in the end."""
    brand = await catalogue.brand("B0")
    saved = await catalogue.create(**simple("A", 1, brand="B0"))
    lines = [
        {"external_id": f"p{n}", "title": "P", "brand": "B0", "variants": [variant(f"P{n}", 1)]}
        for n in range(30)
    ]

    async def rename(number: int) -> None:
        answer = await catalogue.http.patch(f"/v1/brands/{brand['brand_id']}", json={"name": f"B{number}"})
        assert answer.status_code == 200, answer.text

    async def change(number: int) -> None:
        body = {"title": f"T{number}"}
        answer = await catalogue.http.patch(f"/v1/products/{saved['product_id']}", json=body)
        assert answer.status_code == 200, answer.text

    work = [part for number in range(1, 8) for part in (rename(number), change(number))]
    await asyncio.gather(*work, catalogue.take_in(lines), catalogue.take_in(lines[::-1]))
