"""A product is found in either shape as soon as its events have arrived, and as what can be had now."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from tests.stage import Stage


async def test_a_new_product_is_found_and_its_last_piece_is_gone(stage: Stage) -> None:
    sku = await stage.article(stock=1)
    async with stage.client() as shopper:
        hit = await found(stage, sku, in_stock=True)
        assert hit["sku"] == sku
        suggested = (await shopper.get("/v1/search/suggest", params={"q": sku})).json()
        assert hit["product_id"] in [product["product_id"] for product in suggested["products"]]
        click = {"search_id": hit["search_id"], "product_id": hit["product_id"], "position": 1}
        assert (await shopper.post("/v1/search/clicks", json=click)).status_code == 204
        placed = await stage.order(shopper, [(sku, 1)])
        assert placed.status_code in (200, 201), placed.text
        await found(stage, sku, in_stock=False)


async def found(stage: Stage, sku: str, *, in_stock: bool) -> dict[str, Any]:
    """The hit of this SKU, once it says so."""
    ends = time.monotonic() + 30
    answer: dict[str, Any] = {}
    async with stage.client() as shopper:
        while time.monotonic() < ends:
            response = await shopper.get("/v1/search", params={"q": sku, "limit": 1})
            answer = response.json()
            hits = answer.get("hits", [])
            if hits and hits[0]["sku"] == sku and hits[0]["in_stock"] is in_stock:
                return {**hits[0], "search_id": answer["search_id"]}
            await asyncio.sleep(0.1)
    raise AssertionError(f"{sku} is not found with in_stock {in_stock}: {answer}")
