"""What SQL alone cannot check: the documents are what the other services say, and the index is the documents."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

from tradewind.contracts.product import ProductDocument
from tradewind.ports.search_index import SearchIndexUnavailable
from tradewind.services.search.deps import Deps
from tradewind.services.search.queries.copies import decode_product

PAGE = 500
GIVEN_SECONDS = 5.0  # for what is on its way, where not all is settled


async def documents_equal_a_rebuild(deps: Deps, *, settled: bool) -> list[str]:
    """Every document is of a product as it is now, with its stock as it is now, and none is missing."""
    return await _lasting(lambda: _differing_documents(deps), settled=settled)


async def index_equals_documents(deps: Deps, *, settled: bool) -> list[str]:
    """Of the index that is open in this process, or kept in the folder that it would open. Where neither is, as for
    a replica that keeps none, there is nothing that could differ."""
    return await _lasting(lambda: _differing_entries(deps), settled=settled)


async def _lasting(find: Callable[[], Awaitable[list[str]]], *, settled: bool) -> list[str]:
    """What differs, and does so still after a while: events may be on their way."""
    found = await find()
    if found and not settled:
        await asyncio.sleep(GIVEN_SECONDS)
        still = set(await find())
        found = [one for one in found if one in still]
    return found


async def _differing_documents(deps: Deps) -> list[str]:
    rows = await deps.db.fetch("SELECT product_id, product, in_stock FROM documents WHERE version > 0")
    known: dict[UUID, tuple[bytes, bool]] = {
        row["product_id"]: (row["product"], row["in_stock"]) for row in rows
    }
    differing: list[str] = []
    after: UUID | None = None
    while True:
        page = await deps.product.documents_after(after, PAGE)
        there = await _skus_in_stock(deps, page.items)
        for product in page.items:
            ours = known.pop(product.product_id, None)
            in_stock = any(variant.sku in there for variant in product.variants)
            if ours is None or decode_product(ours[0]) != product:
                differing.append(f"product {product.product_id} is not as it was told")
            elif ours[1] != in_stock:
                differing.append(
                    f"product {product.product_id} has in_stock {ours[1]}, the stock says {in_stock}"
                )
        after = page.next
        if after is None:
            break
    listed = await deps.db.fetch(
        "SELECT product_id FROM documents WHERE listed AND product_id = ANY ($1::uuid[])", list(known)
    )
    return differing + [f"product {row['product_id']} is found and does not exist" for row in listed]


async def _skus_in_stock(deps: Deps, products: list[ProductDocument]) -> set[str]:
    skus = [variant.sku for product in products for variant in product.variants]
    told = [
        one
        for start in range(0, len(skus), PAGE)
        for one in await deps.inventory.availability(skus[start : start + PAGE])
    ]
    return {one.sku for one in told if one.available > 0}


async def _differing_entries(deps: Deps) -> list[str]:
    try:
        held = await deps.index.changes()
    except SearchIndexUnavailable:
        return []
    rows = await deps.db.fetch("SELECT product_id, change FROM documents WHERE listed")
    wanted = {str(row["product_id"]): row["change"] for row in rows}
    return [
        f"product {product_id}: the index has change {held.get(product_id)}, the documents {wanted.get(product_id)}"
        for product_id in sorted(held.keys() | wanted.keys())
        if held.get(product_id) != wanted.get(product_id)
    ]


CHECKS = (documents_equal_a_rebuild, index_equals_documents)
