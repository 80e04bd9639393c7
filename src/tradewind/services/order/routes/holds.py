"""Orders over HTTP, as they are held, released, and cancelled in part."""

from __future__ import annotations

from tradewind.kernel.errors import Conflict
from tradewind.kernel.http import OWNER, Call, Route, permission
from tradewind.services.order.access import find_order
from tradewind.services.order.deps import Deps
from tradewind.services.order.routes.orders import ORDER_ERRORS
from tradewind.services.order.shapes.holds import CancelLines, HoldOrder
from tradewind.services.order.shapes.orders import Order, TokenQuery
from tradewind.services.order.use_cases.cancel_lines import cancel_lines
from tradewind.services.order.use_cases.hold_order import hold_order
from tradewind.services.order.use_cases.release_order import release_order


async def post_hold(deps: Deps, call: Call[HoldOrder, None]) -> Order:
    order = await find_order(deps, call.uuid("order_id"), call.principal, None, "orders:write")
    return await hold_order(deps, call.principal, order, call.body.reason, call.once)


async def post_release(deps: Deps, call: Call[None, None]) -> Order:
    order = await find_order(deps, call.uuid("order_id"), call.principal, None, "orders:write")
    return await release_order(deps, call.principal, order, call.once)


async def post_order_cancellation(deps: Deps, call: Call[CancelLines, TokenQuery]) -> Order:
    order = await find_order(deps, call.uuid("order_id"), call.principal, call.query.token, "orders:write")
    return await cancel_lines(deps, call.principal, order, call.body, call.once)


HOLD_ROUTES = (
    Route(
        "POST",
        "/v1/orders/{order_id}/hold",
        post_hold,
        permission("orders:write"),
        "Stop an order from being packed and shipped",
        answer=Order,
        body=HoldOrder,
        errors=(*ORDER_ERRORS, (Conflict, "order_not_holdable"), (Conflict, "order_held")),
        example={"reason": "the address looks wrong"},
    ),
    Route(
        "POST",
        "/v1/orders/{order_id}/release",
        post_release,
        permission("orders:write"),
        "Let an order go on that is held",
        answer=Order,
        errors=(*ORDER_ERRORS, (Conflict, "order_not_held")),
    ),
    Route(
        "POST",
        "/v1/orders/{order_id}/cancellations",
        post_order_cancellation,
        OWNER,
        "Cancel pieces of an order that are in no parcel yet",
        answer=Order,
        body=CancelLines,
        query=TokenQuery,
        status=201,
        errors=(
            *ORDER_ERRORS,
            (Conflict, "order_not_cancellable"),
            (Conflict, "too_many_pieces"),
            (Conflict, "order_exchanged"),
        ),
        example={"lines": [{"sku": "ALDEA-CLAY", "quantity": 1}], "reason": "ordered one too many"},
    ),
)
