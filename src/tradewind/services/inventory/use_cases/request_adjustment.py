"""Somebody found stock to be other than the books say: put right at once below a limit, else by a second person."""

from __future__ import annotations

from tradewind.kernel.errors import Invalid, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import CheckViolation
from tradewind.services.inventory import queries as warehouse_queries
from tradewind.services.inventory.approving import BELOW_LIMIT, apply, move_of, needs_approval
from tradewind.services.inventory.arriving import too_many
from tradewind.services.inventory.dating import check_expiry
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.moving import ALONE, check_lots
from tradewind.services.inventory.queries import adjustments as queries
from tradewind.services.inventory.shapes.adjustments import AdjustmentDraft, AdjustmentRequest
from tradewind.services.inventory.store import adjustments, policies


async def request_adjustment(
    deps: Deps, command: AdjustmentDraft, actor: str, once: Once
) -> AdjustmentRequest:
    """What could never be applied is refused now, not when somebody approves it.

    Raises Invalid(quantity_zero, warehouse_unknown, field_not_expected), Conflict(on_hand_too_large, not_available,
    not_there); of a SKU with lots also Invalid(lot_required, serial_one_piece), Conflict(serial_exists,
    expiry_differs); else Invalid(lot_not_tracked)."""
    if command.quantity == 0:
        raise Invalid("quantity_zero", "say by how many pieces it changes: 3, or -3", field="quantity")
    if command.from_state != "on_hand" and command.quantity > 0:
        message = "only pieces on hand are found: of others, say how many fewer there are"
        raise Invalid("field_not_expected", message, field="from_state")
    try:
        async with deps.db.begin() as tx:
            try:
                await warehouse_queries.warehouse(tx, command.warehouse)
            except NotFound as missing:
                raise Invalid("warehouse_unknown", missing.message, field="warehouse") from missing
            move = move_of(command)
            check_lots([move], await policies.lock(tx, [command.sku]), ALONE)
            await check_expiry(tx, move)
            now, adjustment_id = deps.clock.now(), deps.clock.new_id()
            value = await adjustments.value_of(tx, command.sku, command.quantity)
            await adjustments.insert(tx, adjustment_id, command, value, actor, now)
            if not needs_approval(deps, command.quantity, value):
                await adjustments.decide(tx, adjustment_id, "applied", actor, BELOW_LIMIT, now)
                await apply(deps, tx, command, actor, now)
            return await once.answer(tx, await queries.adjustment(tx, adjustment_id))
    except CheckViolation as violation:
        if violation.constraint != "stock_on_hand_range":
            raise
        raise too_many("this adjustment") from violation
