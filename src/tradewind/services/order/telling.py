"""What the order service tells of an order, made from the order as it is in that moment."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from tradewind.contracts.common import Money
from tradewind.contracts.order import (
    AwaitedTransfer,
    Buyer,
    OrderCancelled,
    OrderDelivered,
    OrderDraftSent,
    OrderedLine,
    OrderFulfilled,
    OrderHeld,
    OrderLinesCancelled,
    OrderPaymentFailed,
    OrderPlaced,
    OrderReadyForCollection,
    OrderRefunded,
    OrderTotals,
    ShippedLine,
)
from tradewind.services.order.access import order_token
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.states import Parcel
from tradewind.services.order.domain.tracking import tracking_url
from tradewind.services.order.shapes.orders import FulfilLine
from tradewind.services.order.store.cancellations import CancellationRecord
from tradewind.services.order.store.fulfilments import FulfilmentRecord
from tradewind.services.order.store.orders import OrderRecord


def placed(deps: Deps, order: OrderRecord, transfer: AwaitedTransfer | None = None) -> OrderPlaced:
    return OrderPlaced(
        order.order_id,
        order.number,
        buyer(deps, order),
        _total(order),
        OrderTotals(
            order.subtotal_minor,
            order.discount_minor,
            order.shipping_minor,
            order.tax_minor,
            order.total_minor,
            order.tax_added_minor,
        ),
        ordered(order),
        order.shipping_address,
        order.shipping_method,
        order.cart_id,
        order.discount_code,
        order.pickup,
        transfer,
    )


def ready_for_collection(
    deps: Deps, order: OrderRecord, fulfilment: FulfilmentRecord
) -> OrderReadyForCollection:
    """`order`, which is collected, with this parcel packed."""
    assert order.pickup is not None, "what is sent is not collected"
    unpacked = any(line.open_quantity > 0 for line in order.lines)
    waiting = any(parcel.state == Parcel.REQUESTED for parcel in order.fulfilments)
    return OrderReadyForCollection(
        *_parcel(deps, order, fulfilment),
        order.pickup,
        order.shipping_address.city,
        order.shipping_address.name,
        not unpacked and not waiting,
    )


def draft_sent(deps: Deps, order: OrderRecord, message: str) -> OrderDraftSent:
    return OrderDraftSent(
        order.order_id,
        order.number,
        buyer(deps, order),
        _total(order),
        ordered(order),
        message,
        order.decide_by,
    )


def held(order: OrderRecord, reason: str | None) -> OrderHeld:
    """Without a reason, it goes on."""
    return OrderHeld(order.order_id, order.number, reason is not None, reason)


def lines_cancelled(
    deps: Deps, order: OrderRecord, it: CancellationRecord, *, complete: bool
) -> OrderLinesCancelled:
    """`order` with this cancellation counted."""
    return OrderLinesCancelled(
        order.order_id,
        order.number,
        it.cancellation_id,
        buyer(deps, order),
        _shipped(order, it.lines),
        Money(it.amount_minor, order.currency),
        it.reason,
        complete,
        Money(order.total_minor - order.cancelled_minor, order.currency),
    )


def payment_failed(deps: Deps, order: OrderRecord, code: str) -> OrderPaymentFailed:
    return OrderPaymentFailed(
        order.order_id, order.number, buyer(deps, order), _total(order), code, order.decide_by
    )


def cancelled(deps: Deps, order: OrderRecord, reason: str) -> OrderCancelled:
    was_placed = order.placed_at is not None
    return OrderCancelled(order.order_id, order.number, reason, buyer(deps, order), _total(order), was_placed)


def fulfilled(
    deps: Deps, order: OrderRecord, fulfilment: FulfilmentRecord, *, complete: bool
) -> OrderFulfilled:
    return OrderFulfilled(
        *_parcel(deps, order, fulfilment),
        fulfilment.carrier,
        fulfilment.tracking_number,
        complete,
        tracking_url(fulfilment.carrier, fulfilment.tracking_number),
        order.pickup,
    )


def delivered(deps: Deps, order: OrderRecord, fulfilment: FulfilmentRecord) -> OrderDelivered:
    """`order` with this parcel delivered."""
    return OrderDelivered(*_parcel(deps, order, fulfilment), order.pickup, order.arrived)


def _parcel(
    deps: Deps, order: OrderRecord, fulfilment: FulfilmentRecord
) -> tuple[UUID, str, UUID, Buyer, list[ShippedLine]]:
    """What the events of a parcel begin with."""
    shipped = _shipped(order, fulfilment.lines)
    return order.order_id, order.number, fulfilment.fulfilment_id, buyer(deps, order), shipped


def refunded(deps: Deps, order: OrderRecord, refund_id: UUID, amount: Money) -> OrderRefunded:
    """`order` with this refund counted."""
    return OrderRefunded(
        order.order_id,
        order.number,
        refund_id,
        buyer(deps, order),
        amount,
        Money(order.refunded_minor, order.currency),
        _total(order),
    )


def buyer(deps: Deps, order: OrderRecord) -> Buyer:
    sealed = None
    if order.account_id is None:
        token = order_token(deps.settings, order.order_id)
        sealed = deps.link_sealer.seal(token.encode(), str(order.order_id))
    return Buyer(order.email, order.billing_address.name, order.language, order.account_id, sealed)


def ordered(order: OrderRecord) -> list[OrderedLine]:
    return [
        OrderedLine(
            line.sku,
            line.product_id,
            line.title,
            line.quantity,
            line.unit_price_minor,
            line.total_minor,
            line.category,
            line.image_url,
            line.backordered_quantity,
            line.expected_at if line.backordered_quantity else None,
        )
        for line in order.lines
    ]


def _total(order: OrderRecord) -> Money:
    return Money(order.total_minor, order.currency)


def _shipped(order: OrderRecord, lines: Sequence[FulfilLine]) -> list[ShippedLine]:
    titles = {line.sku: line.title for line in order.lines}
    return [ShippedLine(line.sku, titles[line.sku], line.quantity) for line in lines]
