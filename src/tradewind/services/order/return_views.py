"""Returns as they are answered."""

from __future__ import annotations

from tradewind.contracts.common import Money
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.after_sale import returnable_until
from tradewind.services.order.shapes.returns import (
    Receipt,
    Return,
    Returnable,
    ReturnableLine,
    ReturnLine,
)
from tradewind.services.order.store import returns
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.store.returns import ReceiptRecord, ReturnLineRecord, ReturnRecord
from tradewind.services.order.telling_after import return_number
from tradewind.services.order.views import refund_view


def return_view(order: OrderRecord, record: ReturnRecord, *, staff: bool) -> Return:
    titles = {line.sku: (line.title, line.image_url) for line in order.lines}
    refunds = [refund for refund in order.refunds if refund.refund_id == record.refund_id]
    return Return(
        record.return_id,
        record.order_id,
        return_number(order, record),
        record.state,
        [_line(line, *titles.get(line.sku, (line.sku, None))) for line in record.lines],
        record.note,
        record.by_customer,
        record.created_at,
        record.updated_at,
        record.carrier,
        record.label,
        record.decision,
        Money(record.fee_minor, order.currency) if record.fee_minor else None,
        Money(record.given_minor, order.currency) if record.given_minor else None,
        refund_view(refunds[0], order.currency, staff=staff) if refunds else None,
        record.edit_id,
        record.inspection if staff else None,
        record.actor if staff else None,
        [_receipt(receipt) for receipt in record.receipts] if staff else [],
    )


def _line(line: ReturnLineRecord, title: str, image_url: str | None) -> ReturnLine:
    conditions = {
        "restock": line.restock,
        "damaged": line.damaged,
        "quality_control": line.quality_control,
        "written_off": line.written_off,
    }
    return ReturnLine(
        line.sku,
        title,
        line.quantity,
        line.reason,
        line.note,
        line.received,
        {condition: quantity for condition, quantity in conditions.items() if quantity},
        image_url,
    )


def _receipt(receipt: ReceiptRecord) -> Receipt:
    return Receipt(
        receipt.receipt_id,
        receipt.state,
        receipt.pieces,
        receipt.note,
        receipt.actor,
        receipt.created_at,
        receipt.failure,
    )


async def returnable(deps: Deps, order: OrderRecord) -> Returnable:
    """What was sent and is not coming back already; of an imported order nothing comes back here."""
    if order.origin == "import":
        return Returnable(deps.settings.return_days, [])
    left = await returns.parcelled(deps.db, order.order_id)
    lines = []
    for line in order.lines:
        sent = sum(parcel.quantity for parcel in left if parcel.sku == line.sku)
        rest = sent - line.returning_quantity - line.returned_quantity
        if rest > 0:
            until = returnable_until(left, line.sku, deps.settings.return_days)
            lines.append(ReturnableLine(line.sku, line.title, rest, until, line.image_url))
    return Returnable(deps.settings.return_days, lines)
