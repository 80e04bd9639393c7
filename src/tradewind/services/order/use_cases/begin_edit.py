"""Staff put together a change of an order, or an exchange, and see what it comes to before anything is done."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.ports.database import UniqueViolation
from tradewind.services.order.access import check_ours
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.after_sale import Pieces, summed
from tradewind.services.order.domain.states import State
from tradewind.services.order.drafting import CUSTOM
from tradewind.services.order.edit_pricing import preview
from tradewind.services.order.edit_views import edit_view
from tradewind.services.order.shapes.edits import Edit, EditLine, EditOrder, NewExchange, Wanted, WantedLine
from tradewind.services.order.store import edits, orders
from tradewind.services.order.store.edits import EditRecord
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.tax_classes import check_tax_classes

EDITABLE = (State.PLACED, State.PARTIALLY_FULFILLED)
EXCHANGEABLE = (State.PARTIALLY_FULFILLED, State.FULFILLED, State.PARTIALLY_RETURNED)


async def begin_edit(
    deps: Deps, caller: Principal, order: OrderRecord, command: EditOrder | NewExchange, once: Once
) -> Edit:
    """Raises Conflict(order_not_editable) (or order_not_exchangeable), Conflict(edit_open) where the order has one,
    and what `preview` raises."""
    kind = "edit" if isinstance(command, EditOrder) else "exchange"
    check_state(order, kind)
    wanted = await _checked(deps, order, command)
    now = deps.clock.now()
    shown = await preview(deps, order, wanted, {}, await edits.parcels(deps.db, order.order_id))
    edit = EditRecord(
        deps.clock.new_id(),
        order.order_id,
        kind,
        "begun",
        wanted,
        shown,
        command.reason,
        caller.name,
        now,
        now,
    )
    try:
        async with deps.db.begin() as tx:
            await orders.note(tx, order.order_id, f"{kind} begun", caller.name, now, kind=kind)
            await edits.insert(tx, edit)
            return await once.answer(tx, edit_view(order, edit, staff=True))
    except UniqueViolation as violation:
        if violation.constraint != "order_edits_one_open":
            raise
        raise Conflict("edit_open", "an edit or exchange of this order is open: end it first") from violation


async def change_edit(
    deps: Deps,
    caller: Principal,
    order: OrderRecord,
    edit_id: UUID,
    command: EditOrder | NewExchange,
    once: Once,
) -> Edit:
    """Another proposal in its place; a customer who was asked is asked anew.

    Raises NotFound(edit_not_found), Conflict(edit_not_open), and what begin_edit raises.
    """
    kind = "edit" if isinstance(command, EditOrder) else "exchange"
    edit = await find_edit(deps, order, edit_id, kind)
    check_state(order, kind)
    wanted = await _checked(deps, order, command)
    parcels = await edits.parcels(deps.db, order.order_id)
    shown = await preview(deps, order, wanted, prices_of(edit), parcels)
    async with deps.db.begin() as tx:
        if not await edits.change(tx, edit_id, wanted, shown, command.reason, deps.clock.now()):
            raise Conflict("edit_not_open", f"this {kind} is {edit.state}")
        changed = await edits.load(tx, edit_id)
        assert changed is not None, "edits are never deleted"
        return await once.answer(tx, edit_view(order, changed, staff=True))


async def _checked(deps: Deps, order: OrderRecord, command: EditOrder | NewExchange) -> Wanted:
    if isinstance(command, EditOrder):
        await check_tax_classes(deps, command.lines)
    return wanted_by(order, command)


async def find_edit(deps: Deps, order: OrderRecord, edit_id: UUID, kind: str) -> EditRecord:
    """Raises NotFound(edit_not_found) (or exchange_not_found)."""
    edit = await edits.load(deps.db, edit_id)
    if edit is None or edit.order_id != order.order_id or edit.kind != kind:
        raise NotFound(f"{kind}_not_found", f"this order has no such {kind}")
    return edit


def check_state(order: OrderRecord, kind: str) -> None:
    if kind == "edit" and order.state not in EDITABLE:
        raise Conflict("order_not_editable", f"an order that is {_said(order)} is not edited any more")
    if kind == "exchange" and order.state not in EXCHANGEABLE:
        raise Conflict("order_not_exchangeable", f"of an order that is {_said(order)} nothing is exchanged")
    check_ours(order)


def _said(order: OrderRecord) -> str:
    return order.state.value.replace("_", " ")


def prices_of(edit: EditRecord) -> dict[str, int]:
    """What the last preview showed for SKUs that the order has not: it holds while the edit is open."""
    return {line.sku: line.unit_price_minor for line in edit.preview.lines if not line.quantity_before}


def wanted_by(order: OrderRecord, command: EditOrder | NewExchange) -> Wanted:
    """Raises Invalid(line_incomplete), Invalid(field_not_expected), Invalid(sku_repeated)."""
    if isinstance(command, EditOrder):
        return Wanted(
            _lines(order, command.lines),
            command.shipping_address,
            command.billing_address,
            command.shipping_method,
            command.shipping_minor,
        )
    sent = summed((line.sku, line.quantity) for line in command.lines)
    back = {line.sku: line for line in command.returns}
    if len(back) < len(command.returns):
        raise Invalid("sku_repeated", "say once how many of a SKU come back", field="returns")
    priced = {line.sku: line.unit_price_minor for line in command.lines if line.unit_price_minor is not None}
    return Wanted(
        [WantedLine(sku, _of(sent, sku), price) for sku, price in priced.items()],
        returns=[back[sku] for sku in sorted(back)],
        sent=sent,
        ship=command.ship,
    )


def _lines(order: OrderRecord, lines: Sequence[EditLine]) -> list[WantedLine]:
    """Lines of staff's own words are numbered after those that the order has."""
    last = max(
        (int(line.sku.removeprefix(CUSTOM)) for line in order.lines if line.kind == "custom"), default=0
    )
    wanted = list[WantedLine]()
    for index, line in enumerate(lines):
        if line.sku is None:
            last += 1
            wanted.append(_custom(line, f"{CUSTOM}{last}", f"lines[{index}]"))
            continue
        for name in ("title", "tax_class"):
            if getattr(line, name) is not None:
                raise Invalid(
                    "field_not_expected",
                    "an article has its own: leave it out",
                    field=f"lines[{index}].{name}",
                )
        wanted.append(WantedLine(line.sku, line.quantity, line.unit_price_minor))
    return wanted


def _custom(line: EditLine, sku: str, place: str) -> WantedLine:
    for name in ("title", "unit_price_minor"):
        if getattr(line, name) is None:
            raise Invalid(
                "line_incomplete", "a line without a SKU needs a title and a price", field=f"{place}.{name}"
            )
    return WantedLine(sku, line.quantity, line.unit_price_minor, line.title, line.tax_class or "standard")


def _of(sent: list[Pieces], sku: str) -> int:
    return next(piece.quantity for piece in sent if piece.sku == sku)
