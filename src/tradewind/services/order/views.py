"""Orders as they are answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TypeVar

import msgspec

from tradewind.contracts.common import Money
from tradewind.contracts.payment import PaymentSummary
from tradewind.kernel.errors import Unavailable
from tradewind.kernel.identity import Principal
from tradewind.kernel.telemetry import log
from tradewind.services.order.access import order_token
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.pricing import Totals
from tradewind.services.order.domain.states import UNPAID, State
from tradewind.services.order.domain.timeline import KINDS
from tradewind.services.order.domain.tracking import tracking_url
from tradewind.services.order.paying import as_needed
from tradewind.services.order.settings import Settings
from tradewind.services.order.shapes.orders import (
    Fulfilment,
    Order,
    OrderLine,
    OrderPayment,
    OrderPromotion,
    Refund,
    Replacement,
)
from tradewind.services.order.store.orders import LineRecord, OrderRecord
from tradewind.services.order.store.refunds import RefundRecord

P = TypeVar("P", Fulfilment, Replacement)
TICKET_LIFETIME = timedelta(hours=1)


async def order_page(deps: Deps, caller: Principal, order: OrderRecord) -> Order:
    """With a ticket to follow it; for staff with their notes. With the payments as they are now where the payment
    service answers: for staff who may see them, and for the buyer where there is more to tell than one card."""
    staff = caller.may("orders:read")
    answer = order_view(order, deps.settings, staff=staff)
    ticket = deps.tickets.issue(f"order:{order.order_id}", deps.clock.now(), TICKET_LIFETIME)
    payment = answer.payment
    several = order.payments > 1 or order.payment_method != "card"
    if caller.may("payments:read") if staff else several:
        try:
            paid = await deps.payment.payments_of(order.order_id)
            if not staff:  # through whom it was paid is the shop's own business
                paid = [msgspec.structs.replace(it, processor="") for it in paid]
            payment = _payment_now(as_needed(paid, order.spare_minor)) or payment
            answer = msgspec.structs.replace(answer, refundable=_at_most(answer.refundable, paid))
        except Unavailable as error:
            log.warning("payment_not_shown", order_id=order.order_id, error=str(error))
    return msgspec.structs.replace(answer, stream_ticket=ticket, payment=payment)


def order_view(order: OrderRecord, settings: Settings, *, staff: bool = False) -> Order:
    """A guest's order carries its token; an account's is opened by signing in. Notes are for `staff` alone."""
    held_minor = order.disputed_minor + order.charged_back_minor
    left_minor = max(0, order.captured_minor - order.refunded_minor - order.refunding_minor - held_minor)
    if order.origin == "import":  # its money was never here
        left_minor = 0
    return Order(
        order.order_id,
        order.number,
        order.state.value,
        order.email,
        order.account_id,
        _totals(order),
        Money(order.captured_minor, order.currency),
        Money(order.refunded_minor, order.currency),
        [_line_view(line, due=order.due_minor > 0) for line in order.lines],
        order.shipping_address,
        order.billing_address,
        order.shipping_method,
        [_followable(fulfilment) for fulfilment in order.fulfilments],
        [entry for entry in order.history if staff or KINDS[entry.kind].told],
        order.created_at,
        order.placed_at,
        order.reason,
        order.action_url,
        order.discount_code,
        order_token(settings, order.order_id) if order.account_id is None else None,
        order.language,
        order.billing_address.name,
        [refund_view(refund, order.currency, staff=staff) for refund in order.refunds],
        Money(left_minor, order.currency),
        _payment_view(order),
        decide_by=order.decide_by if order.state in (State.DRAFT, *UNPAID) else None,
        version=order.version,
        discount_codes=order.discount_codes,
        promotions=_promotion_views(order),
        origin=order.origin,
        origin_order_id=order.origin_order_id,
        source=order.source,
        external_id=order.external_id,
        cancelled=Money(order.cancelled_minor, order.currency) if order.cancelled_minor else None,
        due=Money(order.due_minor, order.currency) if order.due_minor else None,
        held_at=order.held_at,
        hold_reason=order.hold_reason if staff else None,
        pickup=order.pickup,
        credited=Money(order.credited_minor, order.currency) if order.credited_minor else None,
        disputed=Money(order.disputed_minor, order.currency) if staff and order.disputed_minor else None,
        charged_back=(
            Money(order.charged_back_minor, order.currency) if staff and order.charged_back_minor else None
        ),
        awaits_transfer=order.awaits_transfer,
        arrived=order.arrived,
        replacements=[_followable(one) for one in order.replacements],
    )


def _at_most(refundable: Money | None, payments: Sequence[PaymentSummary]) -> Money | None:
    """What the payments have left may be less, where a refund failed whose money is disputed by now."""
    known = [one.refundable.amount_minor for one in payments if one.refundable is not None]
    if refundable is None or not known:
        return refundable
    return Money(min(refundable.amount_minor, sum(known)), refundable.currency)


def _totals(order: OrderRecord) -> Totals:
    return Totals(
        order.currency,
        order.subtotal_minor,
        order.discount_minor,
        order.shipping_minor,
        order.tax_minor,
        order.total_minor,
        order.tax_added_minor,
        order.shipping_discount_minor,
        order.prices_include_tax,
    )


def _line_view(line: LineRecord, *, due: bool) -> OrderLine:
    """`due`: something of the order is still to be paid."""
    return OrderLine(
        line.sku,
        line.product_id,
        line.title,
        line.options,
        line.image_url,
        line.quantity,
        line.fulfilled_quantity,
        line.unit_price_minor,
        line.discount_minor,
        line.total_minor,
        line.tax_minor,
        line.refunded_quantity,
        line.cancelled_quantity,
        line.kind,
        line.returning_quantity,
        line.returned_quantity,
        line.awaited_quantity,
        line.unpaid_quantity if due else 0,
        line.backordered_quantity,
        line.expected_at if line.backordered_quantity else None,
        line.tax_class,
    )


def _promotion_views(order: OrderRecord) -> list[OrderPromotion]:
    return [
        OrderPromotion(p.name, p.kind, p.code, p.discount_minor, p.shipping_discount_minor, p.promotion_id)
        for p in order.promotions
    ]


def refund_view(refund: RefundRecord, currency: str, *, staff: bool) -> Refund:
    return Refund(
        refund.refund_id,
        refund.state,
        Money(refund.amount_minor, currency),
        refund.lines,
        refund.created_at,
        refund.finished_at,
        refund.failure,
        refund.reason if staff else None,
        refund.actor if staff else None,
        Money(refund.credited_minor, currency) if refund.credited_minor else None,
    )


def _payment_view(order: OrderRecord) -> OrderPayment | None:
    if not order.card_last4 and order.payment_method == "card":
        return None
    return OrderPayment(order.card_network, order.card_last4, method=order.payment_method)


def _payment_now(payments: Sequence[PaymentSummary]) -> OrderPayment | None:
    if not payments:
        return None
    payment, *others = payments
    return OrderPayment(
        payment.network,
        payment.last4,
        payment.payment_id,
        payment.status,
        payment.authorised,
        payment.captured,
        payment.refunded,
        payment.method,
        payment.received,
        others,
        payment.awaited,
    )


def _followable(parcel: P) -> P:
    url = tracking_url(parcel.carrier, parcel.tracking_number)
    return msgspec.structs.replace(parcel, tracking_url=url)
