"""What is proposed becomes purchase orders: a draft for each supplier and warehouse."""

from __future__ import annotations

from collections import defaultdict

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries import low_stock as queries
from tradewind.services.inventory.shapes.low_stock import Reorder, Reordered
from tradewind.services.inventory.shapes.purchase_orders import (
    MOST_PURCHASE_LINES,
    PurchaseLineDraft,
    PurchaseOrderDraft,
)
from tradewind.services.inventory.store import warehouses
from tradewind.services.inventory.use_cases.create_purchase_order import draft_in


async def reorder_stock(deps: Deps, command: Reorder, actor: str, once: Once) -> Reordered:
    """What is drafted already is not proposed again. Raises Conflict(nothing_to_reorder)."""
    async with deps.db.begin() as tx:
        await warehouses.lock_all(tx)  # two at once would draft the same
        groups: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        for proposal in await queries.proposals(deps, tx, command.warehouse):
            wanted = command.skus is None or proposal.sku in command.skus
            if wanted and proposal.supplier is not None and proposal.packs:
                packs = groups[proposal.supplier, proposal.warehouse]  # of two thresholds the greater need
                packs[proposal.sku] = max(packs.get(proposal.sku, 0), proposal.packs)
        if not groups:
            raise Conflict("nothing_to_reorder", "nothing that somebody sells us is proposed", field="skus")
        orders = []
        for (supplier, warehouse), wanted_packs in sorted(groups.items()):
            lines = [PurchaseLineDraft(sku, packs=packs) for sku, packs in wanted_packs.items()]
            draft = PurchaseOrderDraft(supplier, warehouse, lines[:MOST_PURCHASE_LINES], note="reorder")
            orders.append(await draft_in(deps, tx, draft, actor))
        return await once.answer(tx, Reordered(orders))
