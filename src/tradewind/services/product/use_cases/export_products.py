"""All products as JSONL, in the form that an import takes back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

from tradewind.services.product.deps import Deps

PRODUCTS_AT_ONCE = 500


async def export_products(deps: Deps) -> AsyncIterator[bytes]:
    """Chunks of whole lines, a product a line, in order of their ids; memory stays flat.

    Stock is left out: how much lies in which warehouse is the inventory's to tell, and an import of the
    file leaves it as it is. Products that change while this runs are as they were when their chunk was read.
    """
    after = UUID(int=0)
    while True:
        rows = await deps.db.fetch(
            "SELECT product_id, content FROM contents WHERE product_id > $1 ORDER BY product_id LIMIT $2",
            after,
            PRODUCTS_AT_ONCE,
        )
        if not rows:
            return
        yield "".join(f"{row[1]}\n" for row in rows).encode()
        after = rows[-1][0]
