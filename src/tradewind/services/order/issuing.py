"""When documents are issued by themselves: on the order's own events, or by a job where they come with placing."""

from __future__ import annotations

from datetime import timedelta

from tradewind.contracts.order import (
    OrderCancelled,
    OrderEdited,
    OrderFulfilled,
    OrderLinesCancelled,
    OrderRefunded,
)
from tradewind.kernel.service import Subscription
from tradewind.ports.database import Transaction
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.states import State
from tradewind.services.order.store import documents
from tradewind.services.order.use_cases.issue_credit_note import (
    credit_what_paid_for_others,
    issue_credit_note,
    take_back_invoice,
)
from tradewind.services.order.use_cases.issue_invoice import ACTOR, INVOICED, invoice_order, renew_invoice

BATCH = 50
LOOKS_BACK = timedelta(days=1)  # an order that took longer to be paid is invoiced when it is shipped


async def invoice_when_shipped(deps: Deps, tx: Transaction, event: OrderFulfilled) -> None:
    """With the first parcel; with a later one, where the order was changed since."""
    if deps.settings.invoice_on == "hand":
        return
    bill = await documents.lock_bill(tx, event.order_id)
    if bill is not None and State(bill.state) in INVOICED:
        await invoice_order(deps, tx, bill, ACTOR)


async def renew_when_edited(deps: Deps, tx: Transaction, event: OrderEdited) -> None:
    await renew_invoice(deps, tx, event.order_id)
    await credit_what_paid_for_others(deps, tx, event.order_id)


async def renew_when_cancelled_in_part(deps: Deps, tx: Transaction, event: OrderLinesCancelled) -> None:
    await renew_invoice(deps, tx, event.order_id)


async def credit_when_refunded(deps: Deps, tx: Transaction, event: OrderRefunded) -> None:
    await issue_credit_note(deps, tx, event.order_id, event.refund_id)


async def take_back_when_cancelled(deps: Deps, tx: Transaction, event: OrderCancelled) -> None:
    if event.was_placed:
        await take_back_invoice(deps, tx, event.order_id)


async def issue_invoices(deps: Deps) -> str:
    """Of orders that were placed, where the shop invoices then: beside the purchase, which waits for none."""
    if deps.settings.invoice_on != "placement":
        return "0 invoices"
    due = await documents.placed_without(deps.db, deps.clock.now() - LOOKS_BACK, BATCH)
    for order_id in due:
        async with deps.db.begin() as tx:
            bill = await documents.lock_bill(tx, order_id)
            if bill is not None and State(bill.state) in INVOICED:
                await invoice_order(deps, tx, bill, ACTOR)
    return f"{len(due)} invoices"


ISSUING = (
    Subscription(OrderFulfilled, invoice_when_shipped),
    Subscription(OrderEdited, renew_when_edited),
    Subscription(OrderLinesCancelled, renew_when_cancelled_in_part),
    Subscription(OrderRefunded, credit_when_refunded),
    Subscription(OrderCancelled, take_back_when_cancelled),
)
