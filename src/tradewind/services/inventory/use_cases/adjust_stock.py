"""Staff correct what is on hand: found, lost, damaged."""

from __future__ import annotations

from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import CheckViolation
from tradewind.services.inventory import queries
from tradewind.services.inventory.approving import refuse_above_limit
from tradewind.services.inventory.dating import check_expiry
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import Cause
from tradewind.services.inventory.domain.movements import Move
from tradewind.services.inventory.moving import ALONE, move_in, too_large
from tradewind.services.inventory.shapes import Adjustment, StockLevel
from tradewind.services.inventory.store.states import Shortage
from tradewind.services.inventory.store.stock import UnknownWarehouses


async def adjust_stock(deps: Deps, command: Adjustment, actor: str, once: Once) -> StockLevel:
    """Raises Invalid(warehouse_unknown), Conflict(below_reserved, on_hand_too_large, approval_needed);
    of a SKU with lots also Invalid(lot_required) and Conflict(serial_exists, expiry_differs)."""
    if command.quantity == 0:
        raise Invalid("quantity_zero", "say by how many pieces it changes: 3, or -3", field="quantity")
    await refuse_above_limit(deps, deps.db, command.sku, command.quantity)
    move = Move(
        command.sku,
        command.warehouse,
        on_hand=command.quantity,
        lot=command.lot,
        expires_on=command.expires_on,
    )
    cause = Cause("adjust", command.reason, actor, command.reference)
    try:
        async with deps.db.begin() as tx:
            now = deps.clock.now()
            await check_expiry(tx, move)
            short = await move_in(deps, tx, [move], cause, now, ALONE)
            if short:
                raise below_reserved(short[-1])
            level = await queries.stock_level(tx, command.sku, command.warehouse)
            return await once.answer(tx, level)
    except UnknownWarehouses as unknown:
        raise unknown_warehouse(command.warehouse, "warehouse") from unknown
    except CheckViolation as violation:
        raise too_large(violation, "quantity") from violation


def unknown_warehouse(code: str, field: str) -> Invalid:
    return Invalid("warehouse_unknown", f"there is no warehouse {code}: create it first", field=field)


def below_reserved(short: Shortage) -> Conflict:
    free = short.on_hand - short.reserved
    where = f" of lot {short.lot}" if short.lot is not None else ""
    return Conflict(
        "below_reserved",
        f"{short.on_hand}{where} are on hand and {short.reserved} of them reserved: at most {free} can be taken out",
        field="quantity",
        details={"on_hand": short.on_hand, "reserved": short.reserved},
    )
