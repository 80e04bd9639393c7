"""A return under its order's lock: read, and ended."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import NotFound
from tradewind.kernel.identity import Principal
from tradewind.ports.database import Transaction
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.after_sale import WAITS_FOR_PIECES
from tradewind.services.order.store import orders, returns
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.store.returns import ReturnRecord


async def locked_return(
    deps: Deps,
    tx: Transaction,
    caller: Principal,
    order: OrderRecord,
    return_id: UUID,
    shown: str,
    said: str,
) -> ReturnRecord:
    """The return as it is with its order locked, by the entry of its history that reads `shown`. Raises NotFound."""
    entry = f"{shown}: {said}" if said else shown
    await orders.note(tx, order.order_id, entry, caller.name, deps.clock.now(), kind="return")
    record = await returns.load(tx, return_id)
    if record is None or record.order_id != order.order_id:
        raise NotFound("return_not_found", "this order has no such return")
    return record


async def end(
    deps: Deps, tx: Transaction, record: ReturnRecord, to: str, decision: str | None
) -> ReturnRecord | None:
    """None where its state does not allow it. Pieces that were to come are let go."""
    if not await returns.move(tx, record.return_id, to, deps.clock.now(), decision=decision):
        return None
    if record.state in WAITS_FOR_PIECES:
        await returns.let_go(tx, record.return_id)
    return await again(tx, record.return_id)


async def again(tx: Transaction, return_id: UUID) -> ReturnRecord:
    record = await returns.load(tx, return_id)
    assert record is not None, "returns are never deleted"
    return record
