"""What happens at once: nothing is written twice, nothing half."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from tests.product.catalogue import Catalogue, draft, simple, variant


async def test_one_of_many_that_want_a_sku_gets_it(catalogue: Catalogue) -> None:
    answers = await asyncio.gather(
        *(
            catalogue.http.post("/v1/products", json=simple("WANTED", number, title=f"T{number}"))
            for number in range(8)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"sku_taken"}
    assert len(await catalogue.titles()) == 1


async def test_one_of_many_changes_to_a_version_wins(catalogue: Catalogue) -> None:
    saved = await catalogue.create()
    path = f"/v1/products/{saved['product_id']}"
    answers = await asyncio.gather(
        *(catalogue.http.patch(path, json={"title": f"T{number}", "version": 1}) for number in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert (await catalogue.detail(saved["product_id"]))["version"] == 2


async def test_changes_at_once_all_count(catalogue: Catalogue) -> None:
    saved = await catalogue.create()
    path = f"/v1/products/{saved['product_id']}"
    changes: list[dict[str, Any]] = [{"title": "New"}, {"description": "New"}, {"attributes": {"new": True}}]
    answers = await asyncio.gather(*(catalogue.http.patch(path, json=change) for change in changes))
    assert sorted(answer.json()["version"] for answer in answers) == [2, 3, 4]
    detail = await catalogue.detail(saved["product_id"])
    assert (detail["title"], detail["description"], detail["attributes"]) == ("New", "New", {"new": True})


async def test_products_of_one_title_at_once_are_all_made_or_told_to_try_again(catalogue: Catalogue) -> None:
    answers = await asyncio.gather(
        *(
            catalogue.http.post("/v1/products", json=simple(f"S{number}", 1, title="Vase"))
            for number in range(6)
        )
    )
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"slug_taken"}
    made = [answer.json()["slug"] for answer in answers if answer.status_code == 201]
    assert len(set(made)) == len(made) >= 1


async def test_whatever_is_done_the_reads_agree_with_the_products(catalogue: Catalogue) -> None:
    """A random walk of changes, several at a time; the invariants are checked at its end."""
    await catalogue.categories("Home > Vases", "Home > Lamps", "Garden")
    await catalogue.brand("Orno")
    dice = random.Random(20_26)
    ids = [(await catalogue.create(**draft(variants=few(dice, number))))["product_id"] for number in range(5)]

    async def step() -> int:
        number = dice.randrange(len(ids))
        path = f"/v1/products/{ids[number]}"
        match dice.randrange(6):
            case 0:
                answer = await catalogue.http.post(f"{path}/archive")
            case 1:
                answer = await catalogue.http.post(f"{path}/activate")
            case 2:
                answer = await catalogue.http.patch(path, json={"variants": few(dice, number)})
            case 3:
                named = dice.sample(["Home > Vases", "Home > Lamps", "Garden", "Home"], dice.randrange(4))
                answer = await catalogue.http.patch(path, json={"categories": named})
            case 4:
                brand = dice.choice([None, "Orno"])
                answer = await catalogue.http.patch(path, json={"brand": brand, "title": f"T{number}"})
            case _:
                content = [
                    {
                        "external_id": ids[number],
                        "title": "In",
                        "options": ["C"],
                        "variants": lines(dice, number),
                    }
                ]
                return (await catalogue.take_in(content)).run.position
        return answer.status_code

    for _ in range(12):
        statuses = await asyncio.gather(*(step() for _ in range(4)))
        assert set(statuses) <= {1, 200, 409, 422}, statuses
    assert await catalogue.broken() == []


def few(dice: random.Random, number: int) -> list[dict[str, Any]]:
    return [
        variant(f"P{number}-{place}", dice.randrange(1000), dice.choice(["EUR", "USD"]), Colour=str(place))
        for place in range(dice.randrange(1, 4))
    ]


def lines(dice: random.Random, number: int) -> list[dict[str, Any]]:
    return [
        variant(f"P{number}-{place}", dice.randrange(1000), C=str(place))
        for place in range(dice.randrange(1, 3))
    ]
