"""What of orders may be picked and packed now: the order service says it in its own SKUs; here it is in pieces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from tradewind.ports.database import Connection
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain.picking import still_listed
from tradewind.services.inventory.store import picking
from tradewind.services.inventory.store.picking import Need

ASKED_AT_ONCE = 100


@dataclass
class Leaving:
    """Of one order, by SKU as it lies in warehouses: what may be packed now, and what packed and shipped parcels
    hold. `stopped` as the order service says it. `as_sold` is what may be packed by the order's own SKUs, `parts` what
    its bundles are made of."""

    stopped: str | None
    open: Counter[str] = field(default_factory=Counter)
    parcelled: Counter[str] = field(default_factory=Counter)
    as_sold: dict[str, int] = field(default_factory=dict)
    parts: dict[str, dict[str, int]] = field(default_factory=dict)


async def ask(deps: Deps, owner_ids: Sequence[UUID]) -> dict[UUID, Leaving]:
    """Of those that are orders. Calls another service: never in a transaction."""
    told = await deps.orders.to_ship(list(owner_ids))
    bundles = await picking.bundles_of(deps.db, [one.order_id for one in told])
    found = {}
    for one in told:
        found[one.order_id] = leaving = Leaving(one.stopped)
        for line in one.lines:
            parts = bundles.get((one.order_id, line.sku))
            if parts is not None:
                leaving.parts[line.sku] = parts
            leaving.as_sold[line.sku] = line.quantity
            for sku, pieces in (parts or {line.sku: 1}).items():
                leaving.open[sku] += line.quantity * pieces
                leaving.parcelled[sku] += line.parcelled * pieces
    return found


async def to_list(
    connection: Connection, needs: Sequence[Need], leaving: Mapping[UUID, Leaving]
) -> list[Need]:
    """As much of each as may leave and is on no list. Of who is no order, all."""
    listed = await picking.listings(connection, sorted({need.owner_id for need in needs}))
    found = []
    for need in needs:
        order = leaving.get(need.owner_id)
        if order is None:
            found.append(need)
            continue
        on_lists = still_listed(listed.get((need.owner_id, need.sku), ()), order.parcelled[need.sku])
        quantity = min(need.quantity, order.open[need.sku] - on_lists)
        if quantity > 0:
            found.append(Need(need.owner_id, need.sku, quantity, need.created_at))
    return found
