"""Staff have a draft's stock held before it is paid."""

from __future__ import annotations

from uuid import UUID

from tradewind.contracts.inventory import Amended, StockLine
from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.states import State
from tradewind.services.order.shapes.drafts import Draft
from tradewind.services.order.store import drafts, orders
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.use_cases.create_draft import draft_view, find_draft
from tradewind.services.order.use_cases.pay_order import ACTOR, resume_soon


async def reserve_draft(deps: Deps, caller: Principal, order_id: UUID, once: Once) -> Draft:
    """Until it is paid, expires or is cancelled. From now on its lines stay: what is held is what is paid.

    Raises NotFound(draft_not_found), Conflict(not_a_draft), Conflict(out_of_stock): then nothing is held, and its
    lines may be changed.
    """
    await find_draft(deps, order_id)
    now = deps.clock.now()
    async with deps.db.begin() as tx:
        await once.claim(tx)
        change_id = deps.clock.new_id()
        await drafts.begin_reserving(tx, order_id, change_id, now + resume_soon(deps), caller.name, now)
        order = await orders.load(tx, order_id)
        assert order is not None, "orders are never deleted"
    refused = await drive_reservation(deps, order)
    if refused is not None:
        raise Conflict("out_of_stock", f"not enough in stock: {refused}", field="lines")
    async with deps.db.begin() as tx:
        return await once.complete(tx, await draft_view(deps, tx, order_id))


async def drive_reservation(deps: Deps, order: OrderRecord) -> str | None:
    """Hold it, and record that. Safe to repeat. Answers what is short, when nothing could be held."""
    if order.state is not State.DRAFT or order.amending_id is None:
        return None
    lines = [StockLine(line.sku, line.quantity) for line in order.stocked]
    held = await deps.inventory.amend(order.order_id, order.amending_id, lines, []) if lines else Amended([])
    short = "" if isinstance(held, Amended) else _short(held)
    shown = "stock is held" if isinstance(held, Amended) else f"not enough in stock: {short}"
    async with deps.db.begin() as tx:
        await drafts.finish_reserving(
            tx,
            order.order_id,
            order.amending_id,
            shown,
            ACTOR,
            deps.clock.now(),
            held=isinstance(held, Amended),
        )
    return None if isinstance(held, Amended) else short


def _short(refused: object) -> str:
    lines: list[StockLine] = getattr(refused, "short", [])
    return ", ".join(f"{line.sku} ({line.quantity} left)" for line in lines) or "the order has ended"
