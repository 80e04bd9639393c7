"""What the order service tells of what happens after the sale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tradewind.contracts.common import Money
from tradewind.contracts.order import (
    ClaimDecided,
    ClaimRequested,
    EditProposed,
    ExchangeConfirmed,
    OrderEdited,
    OrderTotals,
    ReturnApproved,
    ReturnReceived,
    ReturnRefused,
    ReturnRequested,
    ShippedLine,
)
from tradewind.kernel.events import Event
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.after_sale import Pieces, summed
from tradewind.services.order.store.claims import ClaimRecord
from tradewind.services.order.store.edits import EditRecord
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.store.returns import ReceiptRecord, ReturnRecord
from tradewind.services.order.telling import buyer, ordered

AFTER_SALE_EVENTS: tuple[type[Event], ...] = (
    ReturnRequested,
    ReturnApproved,
    ReturnRefused,
    ReturnReceived,
    EditProposed,
    OrderEdited,
    ExchangeConfirmed,
    ClaimRequested,
    ClaimDecided,
)


def return_number(order: OrderRecord, record: ReturnRecord) -> str:
    return f"{order.number}-R{record.number}"


def named(order: OrderRecord, pieces: Iterable[Pieces]) -> list[ShippedLine]:
    """With the titles that they were sold under."""
    titles: Mapping[str, str] = {line.sku: line.title for line in order.lines}
    return [ShippedLine(piece.sku, titles.get(piece.sku, piece.sku), piece.quantity) for piece in pieces]


def _lines(order: OrderRecord, record: ReturnRecord) -> list[ShippedLine]:
    return named(order, summed((line.sku, line.quantity) for line in record.lines))


def return_requested(deps: Deps, order: OrderRecord, record: ReturnRecord) -> ReturnRequested:
    return ReturnRequested(
        order.order_id,
        order.number,
        record.return_id,
        return_number(order, record),
        buyer(deps, order),
        _lines(order, record),
        record.by_customer,
    )


def return_approved(deps: Deps, order: OrderRecord, record: ReturnRecord) -> ReturnApproved:
    return ReturnApproved(
        order.order_id,
        order.number,
        record.return_id,
        return_number(order, record),
        buyer(deps, order),
        _lines(order, record),
        record.carrier,
        record.label,
        record.decision or "",
    )


def return_refused(deps: Deps, order: OrderRecord, record: ReturnRecord) -> ReturnRefused:
    return ReturnRefused(
        order.order_id,
        order.number,
        record.return_id,
        return_number(order, record),
        buyer(deps, order),
        _lines(order, record),
        record.decision or "",
    )


def return_received(
    deps: Deps, order: OrderRecord, record: ReturnRecord, receipt: ReceiptRecord
) -> ReturnReceived:
    """`record` with this receipt counted."""
    return ReturnReceived(
        order.order_id,
        order.number,
        record.return_id,
        return_number(order, record),
        receipt.receipt_id,
        buyer(deps, order),
        named(order, summed((piece.sku, piece.quantity) for piece in receipt.pieces)),
        record.state == "received",
    )


def edit_proposed(deps: Deps, order: OrderRecord, edit: EditRecord, message: str) -> EditProposed:
    shown = edit.preview
    return EditProposed(
        order.order_id,
        order.number,
        edit.edit_id,
        buyer(deps, order),
        Money(shown.totals.total_minor, order.currency),
        Money(shown.due_minor, order.currency),
        Money(shown.refund_minor, order.currency),
        message or edit.reason,
    )


def order_edited(deps: Deps, before: OrderRecord, order: OrderRecord, edit: EditRecord) -> OrderEdited:
    """The order as it was, and as it is now."""
    was = {line.sku: line.quantity for line in before.lines}
    now = {line.sku: line.quantity for line in order.lines}
    more = (Pieces(sku, n - was.get(sku, 0)) for sku, n in now.items() if n > was.get(sku, 0))
    fewer = (Pieces(sku, n - now.get(sku, 0)) for sku, n in was.items() if n > now.get(sku, 0))
    return OrderEdited(
        order.order_id,
        order.number,
        edit.edit_id,
        buyer(deps, order),
        Money(order.total_minor, order.currency),
        OrderTotals(
            order.subtotal_minor,
            order.discount_minor,
            order.shipping_minor,
            order.tax_minor,
            order.total_minor,
        ),
        ordered(order),
        order.shipping_address,
        order.shipping_method,
        Money(order.due_minor, order.currency),
        Money(edit.preview.refund_minor, order.currency),
        edit.reason,
        edit.preview.credit_minor,
        edit.kind == "exchange",
        named(order, more),
        named(before, fewer),
        edit.due_minor,
    )


def exchange_confirmed(
    deps: Deps, order: OrderRecord, edit: EditRecord, returned: ReturnRecord, refund_minor: int
) -> ExchangeConfirmed:
    return ExchangeConfirmed(
        order.order_id,
        order.number,
        edit.edit_id,
        returned.return_id,
        return_number(order, returned),
        buyer(deps, order),
        _lines(order, returned),
        named(order, edit.wanted.sent),
        Money(order.due_minor, order.currency),
        Money(refund_minor, order.currency),
    )


def claim_requested(deps: Deps, order: OrderRecord, claim: ClaimRecord) -> ClaimRequested:
    return ClaimRequested(
        order.order_id,
        order.number,
        claim.claim_id,
        buyer(deps, order),
        claim.kind,
        named(order, (Pieces(line.sku, line.quantity) for line in claim.lines)),
        claim.by_customer,
    )


def claim_decided(deps: Deps, order: OrderRecord, claim: ClaimRecord, amount: Money) -> ClaimDecided:
    return ClaimDecided(
        order.order_id,
        order.number,
        claim.claim_id,
        buyer(deps, order),
        claim.outcome or "",
        claim.decision or "",
        amount,
        named(order, claim.replacement),
    )
