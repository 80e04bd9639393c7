"""Staff put right until when a lot is sold."""

from __future__ import annotations

from tradewind.kernel.errors import Invalid
from tradewind.kernel.idempotency import Once
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.moving import settle
from tradewind.services.inventory.queries import lots as queries
from tradewind.services.inventory.shapes.lots import LotExpiryInput
from tradewind.services.inventory.shapes.policies import LotLevel
from tradewind.services.inventory.store import holding, lots, policies
from tradewind.services.inventory.waiting import sellable


async def set_lot_expiry(deps: Deps, command: LotExpiryInput, actor: str, once: Once) -> LotLevel:
    """What has expired by it leaves the sale at once, as on its day; what comes back on sale goes to those who wait.
    Raises Invalid(lot_unknown)."""
    async with deps.db.begin() as tx:
        now = deps.clock.now()
        sku, warehouse, lot = command.sku, command.warehouse, command.lot
        special = await policies.lock(tx, [sku])
        await holding.lock_shelves(tx, [sku])
        if not await lots.is_known(tx, sku, warehouse, lot):
            message = f"no lot {lot} of {sku} was ever in {warehouse}"
            raise Invalid("lot_unknown", message, field="lot")
        if await lots.set_expiry(tx, sku, warehouse, lot, command.expires_on, command.reason, actor, now):
            await sellable(deps, tx, [sku], special, now)
            await settle(deps, tx, [sku], now)
        return await once.answer(tx, await queries.lot_level(tx, sku, warehouse, lot))
