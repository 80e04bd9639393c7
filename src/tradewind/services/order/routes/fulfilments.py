"""Parcels over HTTP: asked for, packed, shipped, corrected, cancelled, delivered."""

from __future__ import annotations

from typing import Any

from tradewind.kernel.errors import Conflict, NotFound
from tradewind.kernel.http import Answer, Call, Route, permission
from tradewind.services.order.access import find_order
from tradewind.services.order.deps import Deps
from tradewind.services.order.routes.orders import ORDER_ERRORS, answered
from tradewind.services.order.shapes.fulfilments import CancelFulfilment, CorrectTracking, ShipFulfilment
from tradewind.services.order.shapes.orders import FulfilOrder, Order
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.use_cases.cancel_fulfilment import cancel_fulfilment
from tradewind.services.order.use_cases.correct_tracking import correct_tracking
from tradewind.services.order.use_cases.deliver_fulfilment import deliver_fulfilment
from tradewind.services.order.use_cases.fulfil_order import fulfil_order
from tradewind.services.order.use_cases.pack_fulfilment import pack_fulfilment
from tradewind.services.order.use_cases.ship_fulfilment import ship_fulfilment


async def post_fulfilment(deps: Deps, call: Call[FulfilOrder, None]) -> Order | Answer:
    order = await find_order(deps, call.uuid("order_id"), call.principal, None, "orders:fulfil")
    return answered(await fulfil_order(deps, call.principal, order, call.body, call.once))


async def post_packing(deps: Deps, call: Call[None, None]) -> Order:
    order, fulfilment_id = await _order(deps, call), call.uuid("fulfilment_id")
    return await pack_fulfilment(deps, call.principal, order, fulfilment_id, call.once)


async def post_shipping(deps: Deps, call: Call[ShipFulfilment, None]) -> Order | Answer:
    order, fulfilment_id = await _order(deps, call), call.uuid("fulfilment_id")
    return answered(await ship_fulfilment(deps, call.principal, order, fulfilment_id, call.body, call.once))


async def post_fulfilment_cancel(deps: Deps, call: Call[CancelFulfilment, None]) -> Order:
    order, fulfilment_id = await _order(deps, call), call.uuid("fulfilment_id")
    return await cancel_fulfilment(deps, call.principal, order, fulfilment_id, call.body.reason, call.once)


async def put_tracking(deps: Deps, call: Call[CorrectTracking, None]) -> Order:
    order, fulfilment_id = await _order(deps, call), call.uuid("fulfilment_id")
    return await correct_tracking(deps, call.principal, order, fulfilment_id, call.body, call.once)


async def post_delivery(deps: Deps, call: Call[None, None]) -> Order:
    order, fulfilment_id = await _order(deps, call), call.uuid("fulfilment_id")
    return await deliver_fulfilment(deps, call.principal, order, fulfilment_id, call.once)


async def _order(deps: Deps, call: Call[Any, None]) -> OrderRecord:
    return await find_order(deps, call.uuid("order_id"), call.principal, None, "orders:fulfil")


PARCEL_ERRORS = (*ORDER_ERRORS, (NotFound, "fulfilment_not_found"))
FULFILMENT_ROUTES = (
    Route(
        "POST",
        "/v1/orders/{order_id}/fulfilments",
        post_fulfilment,
        permission("orders:fulfil"),
        "Ship an order, or ask for a parcel of it, in whole or in part",
        answer=Order,
        pending=True,
        body=FulfilOrder,
        status=201,
        errors=(
            *ORDER_ERRORS,
            (Conflict, "order_not_fulfillable"),
            (Conflict, "order_held"),
            (Conflict, "too_many_pieces"),
            (Conflict, "capture_failed"),
            (Conflict, "stock_not_reserved"),
            (Conflict, "not_released"),
        ),
        example={
            "lines": [{"sku": "ALDEA-CLAY", "quantity": 1}],
            "carrier": "DHL",
            "tracking_number": "00340434161094021501",
        },
    ),
    Route(
        "POST",
        "/v1/orders/{order_id}/fulfilments/{fulfilment_id}/pack",
        post_packing,
        permission("orders:fulfil"),
        "A parcel that was asked for is packed",
        answer=Order,
        errors=(*PARCEL_ERRORS, (Conflict, "fulfilment_not_packable")),
    ),
    Route(
        "POST",
        "/v1/orders/{order_id}/fulfilments/{fulfilment_id}/ship",
        post_shipping,
        permission("orders:fulfil"),
        "A parcel that was asked for leaves: its share is captured",
        answer=Order,
        pending=True,
        body=ShipFulfilment,
        errors=(
            *PARCEL_ERRORS,
            (Conflict, "fulfilment_not_shippable"),
            (Conflict, "order_held"),
            (Conflict, "capture_failed"),
            (Conflict, "stock_not_reserved"),
            (Conflict, "not_released"),
        ),
        example={"carrier": "DHL", "tracking_number": "00340434161094021501"},
    ),
    Route(
        "POST",
        "/v1/orders/{order_id}/fulfilments/{fulfilment_id}/cancel",
        post_fulfilment_cancel,
        permission("orders:fulfil"),
        "A parcel that was asked for is not to be shipped: its pieces are open again",
        answer=Order,
        body=CancelFulfilment,
        errors=(*PARCEL_ERRORS, (Conflict, "fulfilment_not_cancellable")),
        example={"reason": "one piece was broken"},
    ),
    Route(
        "PUT",
        "/v1/orders/{order_id}/fulfilments/{fulfilment_id}/tracking",
        put_tracking,
        permission("orders:fulfil"),
        "Correct a parcel's carrier and tracking number",
        answer=Order,
        body=CorrectTracking,
        errors=(*PARCEL_ERRORS, (Conflict, "fulfilment_ended")),
        example={"carrier": "DHL", "tracking_number": "00340434161094021501"},
    ),
    Route(
        "POST",
        "/v1/orders/{order_id}/fulfilments/{fulfilment_id}/deliver",
        post_delivery,
        permission("orders:fulfil"),
        "A parcel arrived",
        answer=Order,
        errors=(*PARCEL_ERRORS, (Conflict, "fulfilment_not_shipped")),
    ),
)
