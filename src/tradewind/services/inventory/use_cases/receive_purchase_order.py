"""A delivery of a purchase order: what came, what did not, what it cost; its good pieces are for sale at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import CheckViolation, Transaction
from tradewind.services.inventory.arriving import take_in, too_many
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import Cause
from tradewind.services.inventory.domain.documents import EXPECTED_OF, PURCHASE_ORDERS
from tradewind.services.inventory.domain.movements import Move
from tradewind.services.inventory.domain.purchasing import Came, Ordered, goods_value, landed
from tradewind.services.inventory.moving import InputWords
from tradewind.services.inventory.queries import purchase_orders as queries
from tradewind.services.inventory.shapes.purchase_orders import PurchaseOrder, PurchaseReceiptDraft
from tradewind.services.inventory.store import documents, purchase_orders
from tradewind.services.inventory.store.purchase_orders import Cost, Header

Line = tuple[Ordered, Came]


async def receive_purchase_order(
    deps: Deps, order_id: UUID, command: PurchaseReceiptDraft, actor: str, once: Once
) -> PurchaseOrder:
    """Once a reference: the same delivery again is answered with the order as it is.

    Raises NotFound; Conflict: state_conflict, receipt_exists, over_received, on_hand_too_large, expiry_differs;
    Invalid: sku_not_ordered, nothing_received, weight_unknown.
    """
    try:
        async with deps.db.begin() as tx:
            was = await documents.lock(tx, PURCHASE_ORDERS, order_id)
            if not await _received_before(tx, order_id, command):
                if was not in EXPECTED_OF:
                    raise Conflict("state_conflict", f"it is {was}: nothing of it is expected")
                await _receive(deps, tx, order_id, was, command, actor)
            return await once.answer(tx, await queries.purchase_order(tx, order_id))
    except CheckViolation as violation:
        if violation.constraint not in ("stock_on_hand_range", "stock_states_range"):
            raise
        raise too_many("this delivery") from violation


async def _received_before(tx: Transaction, order_id: UUID, command: PurchaseReceiptDraft) -> bool:
    sent = await purchase_orders.sent_before(tx, order_id, command.reference)
    if sent is None:
        return False
    if msgspec.json.decode(sent, type=PurchaseReceiptDraft) != command:
        message = f"a delivery {command.reference} with other contents was received: use another reference"
        raise Conflict("receipt_exists", message, field="reference")
    return True


async def _receive(
    deps: Deps, tx: Transaction, order_id: UUID, was: str, command: PurchaseReceiptDraft, actor: str
) -> None:
    now = deps.clock.now()
    order = await purchase_orders.header(tx, order_id)
    lines = _matched(await purchase_orders.ordered(tx, order_id), command)
    costs = command.freight_minor + command.duty_minor + command.other_minor
    counted = _costed(lines, command, costs)
    sent = msgspec.json.encode(command).decode()
    await purchase_orders.add_receipt(tx, order, command.reference, sent, costs, actor, now)
    await purchase_orders.add_receipt_lines(tx, order, command.reference, counted, now)
    arrived = _moves(order, lines, command)
    cause = Cause("receive", "", actor, f"{order.number}/{command.reference}")
    sent_as = [i for i, line in enumerate(command.lines) if line.received + line.damaged]
    words = InputWords(lambda index: f"lines[{sent_as[index]}].", "received")
    await take_in(deps, tx, arrived, cause, now, words)
    await purchase_orders.add_costs(tx, order.currency, counted, now)
    await _move(tx, order, was, command.reference, actor, now)


async def _move(tx: Transaction, order: Header, was: str, reference: str, actor: str, now: datetime) -> None:
    left = await purchase_orders.ordered(tx, order.purchase_order_id)
    complete = not any(line.outstanding for line in left.values())
    to = "received" if complete else "partly_received"
    words = f"delivery {reference}"
    await documents.move(tx, PURCHASE_ORDERS, order.purchase_order_id, was, to, actor, now, words)
    if complete:
        await purchase_orders.mark_complete(tx, order.purchase_order_id, now)


def _matched(ordered: dict[str, Ordered], command: PurchaseReceiptDraft) -> list[Line]:
    """By SKU, lines of one SKU summed. Raises Invalid for what was not ordered, Conflict above the tolerance."""
    came: dict[str, Came] = {}
    for index, line in enumerate(command.lines):
        if line.sku not in ordered:
            message = f"{line.sku} was not ordered: receive it as a delivery of its own"
            raise Invalid("sku_not_ordered", message, field=f"lines[{index}].sku")
        one = came.get(line.sku, Came(line.sku, 0, 0, 0))
        came[line.sku] = Came(
            line.sku, one.received + line.received, one.damaged + line.damaged, one.refused + line.refused
        )
        left = ordered[line.sku].most - ordered[line.sku].taken
        if came[line.sku].taken > left:
            message = f"at most {left} more of {line.sku} are taken in: refuse the rest at the door"
            details = {"sku": line.sku, "most": left}
            raise Conflict("over_received", message, field=f"lines[{index}]", details=details)
    if not any(one.taken or one.refused for one in came.values()):
        raise Invalid("nothing_received", "say of at least one piece what became of it", field="lines")
    if command.share_by == "weight" and any(
        ordered[sku].weight_grams is None for sku, one in came.items() if one.taken
    ):
        message = "not every SKU of this delivery has a weight: share by value or quantity"
        raise Invalid("weight_unknown", message, field="share_by")
    return [(ordered[sku], came[sku]) for sku in sorted(came)]


def _moves(order: Header, lines: list[Line], command: PurchaseReceiptDraft) -> list[Move]:
    """Pieces by lot where they have one; of each SKU, so many fewer are expected."""
    moves = [
        Move(
            line.sku,
            order.warehouse,
            on_hand=line.received,
            damaged=line.damaged,
            lot=line.lot,
            expires_on=line.expires_on,
        )
        for line in command.lines
        if line.received + line.damaged
    ]
    for ordered, came in lines:
        if came.taken and ordered.outstanding:
            index = next(i for i, move in enumerate(moves) if move.sku == came.sku)
            fewer = -min(came.taken, ordered.outstanding)
            moves[index] = replace(moves[index], incoming=fewer)
    return moves


def _costed(lines: list[Line], command: PurchaseReceiptDraft, costs_minor: int) -> list[tuple[Came, Cost]]:
    goods = [goods_value(ordered, came.taken) for ordered, came in lines]
    taken = [index for index, (_, came) in enumerate(lines) if came.taken]
    shares = [0] * len(lines)
    if taken:
        some = [lines[i] for i in taken]
        for i, share in zip(
            taken, landed(costs_minor, command.share_by, some, [goods[i] for i in taken]), strict=True
        ):
            shares[i] = share
    elif costs_minor:
        raise Invalid("nothing_received", "costs are shared to what was taken in: nothing was", field="lines")
    return [
        (came, Cost(ordered.outstanding, value, share))
        for (ordered, came), value, share in zip(lines, goods, shares, strict=True)
    ]
