"""What makes a SKU special: lots, and sale beyond what is there."""

from __future__ import annotations

from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.moving import tell_changed
from tradewind.services.inventory.queries import policies as queries
from tradewind.services.inventory.shapes.policies import Policy, PolicyInput
from tradewind.services.inventory.store import holding, policies


async def set_policy(deps: Deps, command: PolicyInput, once: Once) -> Policy:
    """What waits already goes on waiting, whatever the new limit. Raises Invalid(released_at_required,
    released_at_passed, limit_required), Conflict(sku_is_bundle), and Conflict(stock_is_there) where pieces lie there
    that have no lot. A release that was set before may have passed."""
    if command.sell_beyond == "preorder" and command.released_at is None:
        raise Invalid("released_at_required", "say when what is pre-ordered is released", field="released_at")
    if command.sell_beyond != "none" and command.limit == 0:
        raise Invalid("limit_required", "say how many may be waited for at a time", field="limit")
    async with deps.db.begin() as tx:
        now = deps.clock.now()
        await policies.put(tx, command, now)
        before = (await policies.lock(tx, [command.sku]))[command.sku]
        released_at = command.released_at if command.sell_beyond == "preorder" else None
        if released_at is not None and released_at <= now and released_at != before.released_at:
            message = "a pre-order is released at a moment that is still to come"
            raise Invalid("released_at_passed", message, field="released_at")
        if before.parts and (command.sell_beyond != "none" or command.tracking != "none"):
            raise Conflict("sku_is_bundle", "a bundle has no lots and is sold as far as its parts are there")
        await holding.lock_shelves(tx, [command.sku])
        if before.tracking != command.tracking and await policies.lies_somewhere(tx, command.sku):
            raise Conflict(
                "stock_is_there",
                "pieces of it are in stock: take them out first, then receive them by lot",
                field="tracking",
            )
        await policies.update(tx, command, now)
        await tell_changed(deps, tx, [command.sku])
        return await once.answer(tx, await queries.policy(tx, command.sku))
