"""Products that were marked are asked for, and kept as they are now.

The order is what makes it right. A product's SKUs are known (committed) before its stock is asked for, so a change
of the stock that the answer does not tell marks the product again. A mark that came while it was being asked for
stays. Who was slow, so that another took over, writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from tradewind.contracts.product import ProductDocument
from tradewind.services.search.deps import Deps
from tradewind.services.search.store import documents

MOST_SKUS = 500  # asked for at once


async def refresh_documents(deps: Deps) -> int:
    """One batch; answers how many were marked. Raises Unavailable where another service does not answer."""
    holder = deps.clock.new_id()
    try:
        return await _refresh(deps, holder)
    except (
        BaseException
    ):  # also where this process is being stopped: others need not wait until its time is over
        async with deps.db.begin() as tx:
            await documents.let_go(tx, holder)
        raise


async def _refresh(deps: Deps, holder: UUID) -> int:
    async with deps.db.begin() as tx:
        stale = await documents.hold_stale(tx, holder, deps.clock.now(), deps.settings.refresh_batch_products)
    if not stale:
        return 0
    products = await deps.product.documents([one.product_id for one in stale])
    in_stock = await stock_of(deps, products)
    async with deps.db.begin() as tx:
        mine = await documents.still_held(tx, holder, stale)
        told = [product for product in products if product.product_id in mine]
        anew = {one.product_id for one in stale if one.anew}
        await documents.put(tx, told, in_stock, anew, deps.clock.now())
        await documents.unlist(
            tx, list(mine - {product.product_id for product in products}), deps.clock.now()
        )
        tx.after_commit(deps.something_changed.set)
    return len(stale)


async def stock_of(deps: Deps, products: Sequence[ProductDocument]) -> dict[UUID, bool]:
    """Whether any variant of each can be had now. Their SKUs and categories are known before it is asked."""
    if not products:
        return {}
    slugs = {path: slug for product in products for path, slug in categories_of(product)}
    async with deps.db.begin() as tx:
        await documents.know_skus(tx, products, deps.clock.now())
        await documents.know_categories(tx, slugs)
    skus = [variant.sku for product in products for variant in product.variants]
    there: set[str] = set()
    for start in range(0, len(skus), MOST_SKUS):
        told = await deps.inventory.availability(skus[start : start + MOST_SKUS])
        there.update(one.sku for one in told if one.available > 0)
    return {
        product.product_id: any(variant.sku in there for variant in product.variants) for product in products
    }


def categories_of(product: ProductDocument) -> list[tuple[str, str]]:
    """Paths and slugs of its categories and of those above them."""
    own = zip(product.categories, product.category_slugs, strict=True)
    return [*own, *product.ancestors.items()]
