"""What SQL alone cannot check: the documents are what the other services say, and the index is the documents.

While things are under way a document may be of an earlier version than its product, and the index behind the
documents: then only what claims to be the same, and is not, is broken. That nothing stays behind for long is told by
the checks of events, and by the invariant on documents that wait to be asked for.
"""

from __future__ import annotations

from uuid import UUID

from tradewind.contracts.product import ProductDocument
from tradewind.ports.search_index import SearchIndexUnavailable
from tradewind.services.search.deps import Deps
from tradewind.services.search.queries.copies import decode_product

PAGE = 500


async def documents_equal_a_rebuild(deps: Deps, *, settled: bool) -> list[str]:
    """Every document is of a product as it is now, with its stock as it is now, and none is missing."""
    rows = await deps.db.fetch("SELECT product_id, product, in_stock FROM documents WHERE version > 0")
    known: dict[UUID, tuple[ProductDocument, bool]] = {
        row["product_id"]: (decode_product(row["product"]), row["in_stock"]) for row in rows
    }
    differing: list[str] = []
    after: UUID | None = None
    while True:
        page = await deps.product.documents_after(after, PAGE)
        there = await _skus_in_stock(deps, page.items) if settled else set()
        for product in page.items:
            ours, in_stock = known.pop(product.product_id, (None, False))
            if ours == product:
                stocked = any(variant.sku in there for variant in product.variants)
                if settled and in_stock != stocked:
                    differing.append(
                        f"product {product.product_id} has in_stock {in_stock}, the stock says {stocked}"
                    )
            elif settled or (ours is not None and ours.version >= product.version):
                differing.append(f"product {product.product_id} is not as it was told")
        after = page.next
        if after is None:
            break
    listed = await deps.db.fetch(
        "SELECT product_id FROM documents WHERE listed AND product_id = ANY ($1::uuid[])", list(known)
    )
    return differing + [f"product {row['product_id']} is found and does not exist" for row in listed]


async def index_equals_documents(deps: Deps, *, settled: bool) -> list[str]:
    """Of the index that is open in this process, or kept in the folder that it would open. Where neither is, as for
    a replica that keeps none, there is nothing that could differ."""
    try:
        held = await deps.index.changes()
    except SearchIndexUnavailable:
        return []
    rows = await deps.db.fetch("SELECT product_id, change FROM documents WHERE listed")
    wanted = {str(row["product_id"]): row["change"] for row in rows}
    return [
        f"product {product_id}: the index has change {held.get(product_id)}, the documents {wanted.get(product_id)}"
        for product_id in sorted(held.keys() | wanted.keys())
        if (settled and held.get(product_id) != wanted.get(product_id))
        or held.get(product_id, 0) > wanted.get(product_id, held.get(product_id, 0))
    ]


async def _skus_in_stock(deps: Deps, products: list[ProductDocument]) -> set[str]:
    skus = [variant.sku for product in products for variant in product.variants]
    told = [
        one
        for start in range(0, len(skus), PAGE)
        for one in await deps.inventory.availability(skus[start : start + PAGE])
    ]
    return {one.sku for one in told if one.available > 0}


CHECKS = (documents_equal_a_rebuild, index_equals_documents)
