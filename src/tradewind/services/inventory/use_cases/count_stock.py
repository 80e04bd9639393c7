"""A stock take: what was counted becomes what is on hand."""

from __future__ import annotations

import hashlib

import msgspec

from tradewind.contracts.inventory import Counted, CountRefused, StockCount
from tradewind.kernel.errors import Invalid
from tradewind.ports.database import UniqueViolation
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import SERVICE_ACTOR, Cause, Change, counted
from tradewind.services.inventory.moving import settle
from tradewind.services.inventory.store import holding, policies, references, stock
from tradewind.services.inventory.store.stock import Refused, UnknownWarehouses
from tradewind.services.inventory.waiting import tracked_of


class _BelowReserved(Exception):
    """Carries the answer out of the transaction, which it rolls back."""

    def __init__(self, refused: list[Refused]) -> None:
        super().__init__("counted below what is reserved")
        self.counts = [
            StockCount(r.change.sku, r.change.warehouse, r.change.quantity)
            for r in sorted(refused, key=lambda r: (r.change.sku, r.change.warehouse))
        ]


async def count_stock(deps: Deps, reference: str, counts: list[StockCount]) -> Counted | CountRefused:
    """All counts or none. A batch has its effect once under its `reference`: a late repeat, which would
    undo what was sold since, is only answered again. Another batch under the same reference is counted.

    Raises Invalid for a count that is negative, too large, or contradicts another of the batch; and
    Invalid(lot_required) where a SKU that is kept by lot would change.
    """
    lines = counted(counts)
    if not lines:
        return Counted(0)
    digest = hashlib.sha256(msgspec.json.encode(lines)).digest()
    before = await references.changed_before(deps.db, reference, digest)
    if before is not None:
        return Counted(before)
    try:
        return Counted(await _count(deps, reference, lines, digest))
    except UnknownWarehouses as unknown:
        return CountRefused(unknown.codes, [])
    except _BelowReserved as refused:
        return CountRefused([], refused.counts)
    except UniqueViolation as violation:  # the same batch was quicker
        if violation.constraint != "stock_counts_pkey":
            raise
        return Counted(await references.changed_before(deps.db, reference, digest) or 0)


async def _count(deps: Deps, reference: str, lines: list[Change], digest: bytes) -> int:
    cause = Cause("count", "counted", SERVICE_ACTOR, reference)
    async with deps.db.begin() as tx:
        now = deps.clock.now()
        known = await policies.lock(tx, sorted({line.sku for line in lines}))
        await holding.open_shelves(tx, [(line.sku, line.warehouse) for line in lines], now)
        changed, refused = await stock.change_on_hand(tx, lines, cause, now)
        if refused:
            raise _BelowReserved(refused)
        for change in changed:
            if change.sku in tracked_of(known):
                raise Invalid("lot_required", f"{change.sku} is kept by lot: count its lots", field="counts")
        await settle(deps, tx, sorted({change.sku for change in changed}), now)
        await references.add_count(tx, reference, digest, len(changed), now)
        return len(changed)
