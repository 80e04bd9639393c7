"""Orders over HTTP, as staff work on them: refunded, noted, counted."""

from __future__ import annotations

from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.http import Answer, Call, Route, permission
from tradewind.services.order.access import find_order
from tradewind.services.order.deps import Deps
from tradewind.services.order.queries.back_office import attention, customer_summary
from tradewind.services.order.queries.orders import count_orders
from tradewind.services.order.routes.orders import ORDER_ERRORS
from tradewind.services.order.shapes.orders import (
    Attention,
    CustomerSummary,
    NewNote,
    Order,
    OrderCounts,
    OrderFilter,
    RefundOrder,
)
from tradewind.services.order.use_cases.add_note import add_note
from tradewind.services.order.use_cases.refund_order import refund_order

READ = permission("orders:read")


async def get_counts(deps: Deps, call: Call[None, OrderFilter]) -> OrderCounts:
    return await count_orders(deps.db, call.query)


async def get_attention(deps: Deps, call: Call[None, None]) -> Attention:
    return await attention(deps.db, deps.clock.now())


async def get_customer_summary(deps: Deps, call: Call[None, None]) -> CustomerSummary:
    return await customer_summary(deps.db, call.uuid("account_id"))


async def post_refund(deps: Deps, call: Call[RefundOrder, None]) -> Order | Answer:
    order = await find_order(deps, call.uuid("order_id"), call.principal, None, "payments:write")
    answer, pending = await refund_order(deps, call.principal, order, call.body, call.once)
    return Answer(answer, status=202) if pending else answer


async def post_note(deps: Deps, call: Call[NewNote, None]) -> Order:
    order = await find_order(deps, call.uuid("order_id"), call.principal, None, "orders:write")
    return await add_note(deps, call.principal, order, call.body.text, call.once)


BACK_OFFICE_ROUTES = (
    Route(
        "GET",
        "/v1/orders/counts",
        get_counts,
        READ,
        "How many orders are in each state, of all or of those that a search finds",
        answer=OrderCounts,
        query=OrderFilter,
        errors=((Invalid, "timezone_unknown"),),
    ),
    Route(
        "GET",
        "/v1/orders/attention",
        get_attention,
        READ,
        "Orders that wait for somebody, counted",
        answer=Attention,
    ),
    Route(
        "GET",
        "/v1/orders/customers/{account_id}/summary",
        get_customer_summary,
        READ,
        "What a customer has bought so far",
        answer=CustomerSummary,
    ),
    Route(
        "POST",
        "/v1/orders/{order_id}/refunds",
        post_refund,
        permission("payments:write"),
        "Give money back, in whole or in part",
        answer=Order,
        pending=True,
        body=RefundOrder,
        status=201,
        errors=(
            *ORDER_ERRORS,
            (Conflict, "order_imported"),
            (Conflict, "refund_too_large"),
            (Conflict, "payment_disputed"),
            (Conflict, "nothing_to_refund"),
            (Conflict, "too_many_pieces"),
            (Conflict, "refund_failed"),
        ),
        example={"lines": [{"sku": "ALDEA-CLAY", "quantity": 1}], "reason": "arrived broken"},
    ),
    Route(
        "POST",
        "/v1/orders/{order_id}/notes",
        post_note,
        permission("orders:write"),
        "Note something about an order, for staff alone",
        answer=Order,
        body=NewNote,
        status=201,
        errors=ORDER_ERRORS,
        example={"text": "Called: wants it on a Saturday"},
    ),
)
