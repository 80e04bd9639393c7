"""Staff correct what is on hand: found, lost, damaged."""

from __future__ import annotations

from tradewind.contracts.inventory import StockChanged
from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import CheckViolation
from tradewind.services.inventory import queries
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import LARGEST_ON_HAND, Cause, Change
from tradewind.services.inventory.shapes import Adjustment, StockLevel
from tradewind.services.inventory.store import stock
from tradewind.services.inventory.store.stock import Refused, UnknownWarehouses


async def adjust_stock(deps: Deps, command: Adjustment, actor: str, once: Once) -> StockLevel:
    """Raises Invalid(warehouse_unknown), Conflict(below_reserved), Conflict(on_hand_too_large)."""
    if command.quantity == 0:
        raise Invalid("quantity_zero", "say by how many pieces it changes: 3, or -3", field="quantity")
    changes = [Change(command.sku, command.warehouse, command.quantity)]
    cause = Cause("adjust", command.reason, actor, command.reference)
    try:
        async with deps.db.begin() as tx:
            now = deps.clock.now()
            await stock.add_missing(tx, changes, now)
            _, refused = await stock.change_on_hand(tx, changes, cause, now)
            if refused:
                raise _below_reserved(refused[0])
            left = await stock.available(tx, [command.sku])
            await deps.outbox.append(tx, *(StockChanged(line.sku, line.available) for line in left))
            level = await queries.stock_level(tx, command.sku, command.warehouse)
            return await once.answer(tx, level)
    except UnknownWarehouses as unknown:
        raise unknown_warehouse(command.warehouse, "warehouse") from unknown
    except CheckViolation as violation:
        raise too_large(violation, "quantity") from violation


def unknown_warehouse(code: str, field: str) -> Invalid:
    return Invalid("warehouse_unknown", f"there is no warehouse {code}: create it first", field=field)


def too_large(violation: CheckViolation, field: str) -> Exception:
    if violation.constraint != "stock_on_hand_range":
        return violation
    return Conflict("on_hand_too_large", f"at most {LARGEST_ON_HAND} can be on hand", field=field)


def _below_reserved(refused: Refused) -> Conflict:
    free = refused.on_hand - refused.reserved
    return Conflict(
        "below_reserved",
        f"{refused.on_hand} are on hand and {refused.reserved} of them reserved: at most {free} can be taken out",
        field="quantity",
        details={"on_hand": refused.on_hand, "reserved": refused.reserved},
    )
