"""A SKU that is sold and has no stock of its own: it draws on its parts."""

from __future__ import annotations

from collections import Counter

from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import Transaction
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.moving import tell_changed
from tradewind.services.inventory.queries import policies as queries
from tradewind.services.inventory.shapes.policies import BundleInput, Policy, PolicyInput
from tradewind.services.inventory.store import policies


async def define_bundle(deps: Deps, command: BundleInput, once: Once) -> Policy:
    """What owners hold of it already stays as it was. Raises Invalid(part_repeated, part_is_bundle),
    Conflict(stock_is_there, sku_not_plain, sku_is_part)."""
    parts = {part.sku: part.quantity for part in command.parts}
    repeated = [sku for sku, times in Counter(part.sku for part in command.parts).items() if times > 1]
    if repeated:
        raise Invalid("part_repeated", f"name {repeated[0]} once, with its quantity", field="parts")
    if command.sku in parts:
        raise Invalid("part_is_bundle", "a bundle is no part of itself", field="parts")
    async with deps.db.begin() as tx:
        now = deps.clock.now()
        for sku in sorted({command.sku, *parts}):
            await policies.put(tx, PolicyInput(sku), now)
        known = await policies.lock(tx, [command.sku, *parts])
        for sku in parts:
            if known[sku].parts:
                raise Invalid("part_is_bundle", f"{sku} is a bundle: name its parts instead", field="parts")
        if parts:
            await _check_own(tx, known[command.sku])
        await policies.set_parts(tx, command.sku, parts, now)
        await tell_changed(deps, tx, [command.sku])
        return await once.answer(tx, await queries.policy(tx, command.sku))


async def _check_own(tx: Transaction, own: policies.Policy) -> None:
    if own.tracking != "none" or own.beyond != "none":
        raise Conflict(
            "sku_not_plain", "a bundle has no lots and is sold as far as its parts are there", field="sku"
        )
    if await policies.bundles_of(tx, [own.sku]):
        raise Conflict("sku_is_part", "it is a part of another bundle: name the parts there", field="sku")
    if await policies.lies_somewhere(tx, own.sku):
        raise Conflict(
            "stock_is_there", "pieces of it are in stock: a bundle has none of its own", field="sku"
        )
