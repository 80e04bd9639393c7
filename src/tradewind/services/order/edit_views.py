"""Edits and exchanges as they are answered."""

from __future__ import annotations

from tradewind.contracts.common import Money
from tradewind.services.order.shapes.edits import Edit
from tradewind.services.order.store.edits import EditRecord
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.views import refund_view


def edit_view(order: OrderRecord, edit: EditRecord, *, staff: bool) -> Edit:
    refunds = [refund for refund in order.refunds if refund.refund_id == edit.refund_id]
    wanted, exchanged = edit.wanted, edit.kind == "exchange"
    return Edit(
        edit.edit_id,
        edit.order_id,
        edit.kind,
        edit.state,
        edit.preview,
        edit.reason,
        edit.created_at,
        edit.updated_at,
        wanted.shipping_address,
        wanted.billing_address,
        wanted.shipping_method,
        edit.failure,
        Money(edit.due_minor, order.currency) if edit.due_minor else None,
        refund_view(refunds[0], order.currency, staff=staff) if refunds else None,
        edit.return_id,
        wanted.returns,
        wanted.sent,
        wanted.ship if exchanged else None,
        edit.confirmed_at,
        edit.actor if staff else None,
        wanted.message,
    )
