"""A count in review is approved, by somebody who did not count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import CheckViolation, Transaction
from tradewind.services.inventory.arriving import send_off, too_many
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import LARGEST_ON_HAND, Cause
from tradewind.services.inventory.domain.documents import CYCLE_COUNTS
from tradewind.services.inventory.domain.movements import Move
from tradewind.services.inventory.moving import too_large
from tradewind.services.inventory.queries import counts as queries
from tradewind.services.inventory.shapes.counts import CycleCount
from tradewind.services.inventory.store import bins, counts, documents, holding, policies
from tradewind.services.inventory.store.counts import Header


async def approve_count(deps: Deps, count_id: UUID, reason: str, actor: str, once: Once) -> CycleCount:
    """Each difference becomes a movement, added to whatever is on hand by now; that of a zone is one of its bins
    first.

    Raises NotFound; Conflict: state_conflict, approver_counted, serial_exists, on_hand_too_large, not_available where
    more is reserved than would be left; Invalid: lot_required, lot_not_tracked where that has changed since.
    """
    async with deps.db.begin() as tx:
        now = deps.clock.now()
        was = await documents.lock(tx, CYCLE_COUNTS, count_id)
        await documents.move(tx, CYCLE_COUNTS, count_id, was, "approved", actor, now, reason)
        if await counts.has_counted(tx, count_id, actor):
            raise Conflict("approver_counted", "who counted does not approve: ask somebody else")
        header = await counts.header(tx, count_id)
        changes = await counts.differences(tx, count_id, header.warehouse)
        if header.zone is not None:
            await _shift(tx, header, header.zone, changes, actor, now)
        cause = Cause("count", reason, actor, header.number)
        _check_size(changes)
        try:
            await send_off(deps, tx, changes, cause, now, keep_safety=False)
        except CheckViolation as violation:
            raise too_large(violation, "lines") from violation
        return await once.answer(tx, await queries.cycle_count(tx, count_id))


def _check_size(changes: Sequence[Move]) -> None:
    """Of all its lots together."""
    totals: Counter[str] = Counter()
    for change in changes:
        totals[change.sku] += change.on_hand
        if totals[change.sku] > LARGEST_ON_HAND:
            raise too_many(change.sku)


async def _shift(
    tx: Transaction, header: Header, zone: str, changes: Sequence[Move], actor: str, now: datetime
) -> None:
    """Before the stock changes: what leaves it then finds the bins as they were counted."""
    skus = sorted({change.sku for change in changes})
    await policies.lock(tx, skus)
    await holding.lock_shelves(tx, skus)
    differences = {change.sku: change.on_hand for change in changes}
    shifts = await counts.shifts_in_zone(tx, header.warehouse, zone, differences)
    for code in sorted({shift.bin for shift in shifts}):
        await bins.lock_bin(tx, header.warehouse, code)
    shifted = await bins.shift(tx, header.warehouse, shifts, "count", actor, header.number, now)
    assert shifted, "nothing leaves bins but under the lock of its stock"
