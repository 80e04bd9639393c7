"""The tree of categories and the brands: made, renamed, moved, with the products that they hold."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.product.catalogue import Catalogue, simple


def outline(nodes: list[dict[str, Any]]) -> list[Any]:
    return [(node["name"], outline(node["children"])) for node in nodes]


async def tree(catalogue: Catalogue) -> list[Any]:
    return outline((await catalogue.public.get("/v1/categories")).json()["items"])


async def change(catalogue: Catalogue, category: dict[str, Any], **changes: Any) -> dict[str, Any]:
    answer = await catalogue.http.patch(f"/v1/categories/{category['category_id']}", json=changes)
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()
    return changed


async def test_the_tree_is_read_in_the_order_of_its_positions(catalogue: Catalogue) -> None:
    made = await catalogue.categories("Home > Vases", "Home > Lamps", "Garden > Pots")
    await change(catalogue, made["Garden"], position=0)
    await change(catalogue, made["Home"], position=1)
    await change(catalogue, made["Home > Vases"], position=7)
    assert await tree(catalogue) == [
        ("Garden", [("Pots", [])]),
        ("Home", [("Lamps", []), ("Vases", [])]),
    ]


async def test_categories_of_one_name_have_different_slugs(catalogue: Catalogue) -> None:
    made = await catalogue.categories("Home > Vases", "Garden > Vases", "Garden > Home > Vases")
    assert [made[path]["slug"] for path in ("Home > Vases", "Garden > Vases")] == ["vases", "garden-vases"]
    assert made["Garden > Home"]["slug"] == "garden-home"
    assert made["Garden > Home > Vases"]["slug"] == "garden-home-vases"


async def test_a_renamed_category_shows_in_its_products_at_once(catalogue: Catalogue) -> None:
    made = await catalogue.categories("Home > Vases > Tall", "Garden")
    tall = await catalogue.create(**simple("A", 1, categories=["Home > Vases > Tall"]))
    await catalogue.create(**simple("B", 2, categories=["Garden"]))
    changed = await change(catalogue, made["Home"], name="House", version=1)
    assert (changed["path"], changed["version"]) == ("House", 2)
    detail = await catalogue.detail(tall["product_id"])
    assert (detail["category"], detail["version"]) == ("House > Vases > Tall", 2)
    assert (await catalogue.product.offers(["A"], "EUR"))[0].category == "House > Vases > Tall"
    assert await catalogue.titles(category="House > Vases") == ["A"]
    assert await catalogue.titles(category="Home > Vases") == []
    assert [event["version"] for event in await catalogue.told()] == [1, 1, 2]


async def test_a_moved_category_takes_all_below_it_along(catalogue: Catalogue) -> None:
    made = await catalogue.categories("Home > Vases > Tall", "Garden")
    await catalogue.create(**simple("A", 1, categories=["Home > Vases > Tall"]))
    await change(catalogue, made["Home > Vases"], parent_id=made["Garden"]["category_id"])
    assert await tree(catalogue) == [("Home", []), ("Garden", [("Vases", [("Tall", [])])])]
    assert await catalogue.titles(category="garden") == ["A"]
    assert await catalogue.titles(category="home") == []
    await change(catalogue, made["Home > Vases"], parent_id=None)
    assert await catalogue.titles(category="Vases > Tall") == ["A"]


async def test_what_would_break_the_tree_is_refused(catalogue: Catalogue) -> None:
    deep = "A > B > C > D > E > F > G > H"
    made = await catalogue.categories(deep, "Home > Vases", "Home > Lamps")
    identified = {path: category["category_id"] for path, category in made.items()}

    async def refused(code: str, path: str | None, body: dict[str, Any], status: int = 422) -> None:
        answer = (
            await catalogue.http.post("/v1/categories", json=body)
            if path is None
            else await catalogue.http.patch(f"/v1/categories/{identified[path]}", json=body)
        )
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text

    nobody = "0192d0c4-7f7e-7b60-8d00-2f6c9a1b2c3d"
    await refused("category_below_itself", "A", {"parent_id": identified["A > B > C"]})
    await refused("category_below_itself", "A", {"parent_id": identified["A"]})
    await refused("category_too_deep", "Home", {"parent_id": identified["A > B > C > D > E > F > G"]})
    await refused("category_too_deep", None, {"name": "I", "parent_id": identified[deep]})
    await refused("parent_not_found", "A", {"parent_id": nobody})
    await refused("parent_not_found", None, {"name": "New", "parent_id": nobody})
    await refused("name_invalid", None, {"name": "Home > New"})
    await refused("name_invalid", "Home", {"name": "Home > New"})
    await refused("category_exists", None, {"name": "Home"}, 409)
    await refused("category_exists", "Home > Vases", {"name": "Lamps"}, 409)
    await refused("slug_taken", "Home > Vases", {"slug": "lamps"}, 409)
    await refused("version_conflict", "Home > Vases", {"name": "Bowls", "version": 2}, 409)
    answer = await catalogue.http.patch(f"/v1/categories/{nobody}", json={"name": "New"})
    assert (answer.status_code, answer.json()["code"]) == (404, "category_not_found")


async def test_two_moves_at_once_cannot_make_a_circle(catalogue: Catalogue) -> None:
    made = await catalogue.categories("A", "B")
    answers = await asyncio.gather(
        *(
            catalogue.http.patch(
                f"/v1/categories/{made[one]['category_id']}", json={"parent_id": made[other]["category_id"]}
            )
            for one, other in (("A", "B"), ("B", "A"))
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 422]


async def test_renames_while_products_come_and_change_leave_nothing_stale(catalogue: Catalogue) -> None:
    """The invariants at the end compare every page and shelf with what the products say."""
    made = await catalogue.categories("Home > Vases", "Garden")
    kept = await catalogue.create(**simple("KEPT", 1, categories=["Home > Vases"]))

    async def rename(number: int) -> None:
        category = made["Home"] if number % 2 else made["Home > Vases"]
        await change(catalogue, category, name=f"{category['name']} {number}")

    async def create(number: int) -> int:
        body = simple(f"S{number}", 1, categories=["Garden", "Home > Vases"])
        return (await catalogue.http.post("/v1/products", json=body)).status_code

    async def update(number: int) -> int:
        path = f"/v1/products/{kept['product_id']}"
        return (await catalogue.http.patch(path, json={"title": f"Kept {number}"})).status_code

    results = await asyncio.gather(
        *(step(number) for number in range(6) for step in (create, rename, update)),
        catalogue.take_in([line("L")]),
    )
    assert set(results[:-1]) <= {None, 200, 201, 422}  # 422: the category has another name by now
    assert results[-1].run.created == 1


def line(sku: str) -> dict[str, Any]:
    prices = [{"currency": "EUR", "amount_minor": 1}]
    return {
        "external_id": sku,
        "title": sku,
        "categories": ["Home > Vases > New", "Garden"],
        "variants": [{"sku": sku, "prices": prices}],
    }


async def test_brands_are_listed_by_name_and_made_once(catalogue: Catalogue) -> None:
    for name in ("Orno", "aldea", "Lumen & Co"):
        await catalogue.brand(name)
    first = (await catalogue.public.get("/v1/brands", params={"limit": 2})).json()
    rest = (await catalogue.public.get("/v1/brands", params={"limit": 2, "cursor": first["next"]})).json()
    assert [brand["name"] for brand in first["items"] + rest["items"]] == ["Lumen & Co", "Orno", "aldea"]
    assert [brand["slug"] for brand in first["items"]] == ["lumen-and-co", "orno"] and rest["next"] is None
    for body, code in (({"name": "Orno"}, "brand_exists"), ({"name": "New", "slug": "orno"}, "slug_taken")):
        answer = await catalogue.http.post("/v1/brands", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    longer = await catalogue.brand("ORNO")
    assert longer["slug"].startswith("orno-")
