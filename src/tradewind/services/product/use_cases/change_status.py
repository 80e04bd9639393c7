"""Put a product up for sale, or take it out of sale."""

from __future__ import annotations

from uuid import UUID

from tradewind.contracts.product import ProductArchived, ProductUpdated
from tradewind.kernel.errors import Conflict, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.services.product.deps import Deps
from tradewind.services.product.domain import NO_PRICE, TRANSITIONS, Status
from tradewind.services.product.shapes import SavedProduct
from tradewind.services.product.store import products


async def change_status(deps: Deps, product_id: UUID, to: Status, once: Once) -> SavedProduct:
    """Raises NotFound; Conflict where the present status does not lead there, or nothing has a price."""
    async with deps.db.begin() as tx:
        was = await products.lock_one(tx, product_id)
        if was is None:
            raise NotFound("product_not_found", "there is no such product")
        if to not in TRANSITIONS[was.status]:
            raise Conflict("status_conflict", f"a product that is {was.status} does not become {to}")
        if to == "active" and not await products.has_price(tx, product_id):
            raise Conflict(NO_PRICE.code, NO_PRICE.message, field=NO_PRICE.field)
        now_is = await products.set_status(tx, was, to, deps.clock.now())
        kind = ProductArchived if to == "archived" else ProductUpdated
        await deps.outbox.append(tx, kind(product_id, now_is.external_id, now_is.revision))
        return await once.answer(
            tx, SavedProduct(product_id, now_is.external_id, now_is.slug, now_is.status, now_is.version)
        )
