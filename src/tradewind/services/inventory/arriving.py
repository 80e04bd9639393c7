"""How pieces come in from elsewhere, with what was expected of them and what came damaged: deliveries of purchase
orders and transfers. Plain deliveries are use_cases/receive_stock.py's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tradewind.contracts.inventory import StockChanged
from tradewind.kernel.errors import Conflict
from tradewind.ports.database import Transaction
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import Cause, Change
from tradewind.services.inventory.store import bins, flows, stock
from tradewind.services.inventory.store.flows import Flow


async def take_in(deps: Deps, tx: Transaction, arrived: Sequence[Flow], cause: Cause, now: datetime) -> None:
    """Good pieces are for sale at once, and are to be put away where there are bins.

    Raises CheckViolation of stock_on_hand_range or stock_states_range.
    """
    await _ensure(tx, arrived, now)
    refused = await flows.flow(tx, arrived, cause, now)
    assert not refused, "nothing leaves"
    tasks = [(deps.clock.new_id(), one.warehouse, one.sku, one.on_hand) for one in arrived if one.on_hand > 0]
    if tasks:
        await bins.add_tasks(tx, tasks, cause.reference, now)
    await tell(deps, tx, arrived)


async def send_off(
    deps: Deps, tx: Transaction, leaving: Sequence[Flow], cause: Cause, now: datetime, *, keep_safety: bool
) -> None:
    """Raises Conflict(not_available) where fewer can leave: then nothing does."""
    await _ensure(tx, leaving, now)
    refused = await flows.flow(tx, leaving, cause, now, keep_safety=keep_safety)
    if refused:
        words = ", ".join(f"{one.sku} ({one.available} in {one.warehouse})" for one in refused)
        short = [{"sku": one.sku, "available": one.available} for one in refused]
        message = f"nothing was moved; not enough of {words}"
        raise Conflict("not_available", message, field="lines", details={"short": short})
    await tell(deps, tx, leaving)


async def expect(tx: Transaction, flowing: Sequence[Flow], cause: Cause, now: datetime) -> None:
    """More is on its way, or with fewer `incoming`, less than was thought."""
    await _ensure(tx, flowing, now)
    await flows.flow(tx, flowing, cause, now)


async def tell(deps: Deps, tx: Transaction, moved: Sequence[Flow]) -> None:
    skus = sorted({one.sku for one in moved if one.on_hand})
    if skus:
        left = await stock.available(tx, skus)
        await deps.outbox.append(tx, *(StockChanged(line.sku, line.available) for line in left))


async def _ensure(tx: Transaction, flowing: Sequence[Flow], now: datetime) -> None:
    await stock.add_missing(tx, [Change(one.sku, one.warehouse, 0) for one in flowing], now)


def too_many(what: str) -> Conflict:
    return Conflict("on_hand_too_large", f"{what}: more than a warehouse can hold", field="lines")
