"""Returns over HTTP: asked for by customers, decided, received and refunded by staff."""

from __future__ import annotations

from typing import Any

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import OWNER, Answer, Call, Route, permission
from tradewind.services.order.access import find_order
from tradewind.services.order.deps import Deps
from tradewind.services.order.queries.returns import list_returns
from tradewind.services.order.return_views import return_view, returnable
from tradewind.services.order.routes.orders import ORDER_ERRORS
from tradewind.services.order.shapes.orders import TokenQuery
from tradewind.services.order.shapes.returns import (
    ApproveReturn,
    AskReturn,
    DecideReturn,
    ReceiveReturn,
    RefundReturn,
    Return,
    Returnable,
    ReturnQuery,
    Returns,
    ReturnSummary,
)
from tradewind.services.order.store import returns
from tradewind.services.order.use_cases.approve_return import approve_return
from tradewind.services.order.use_cases.cancel_return import cancel_return
from tradewind.services.order.use_cases.close_return import close_return
from tradewind.services.order.use_cases.receive_return import receive_return
from tradewind.services.order.use_cases.refund_return import refund_return
from tradewind.services.order.use_cases.refuse_return import refuse_return
from tradewind.services.order.use_cases.request_return import request_return


async def get_returnable(deps: Deps, call: Call[None, TokenQuery]) -> Returnable:
    order = await find_order(deps, call.uuid("order_id"), call.principal, call.query.token, "orders:read")
    return await returnable(deps, order)


async def get_order_returns(deps: Deps, call: Call[None, TokenQuery]) -> Returns:
    order = await find_order(deps, call.uuid("order_id"), call.principal, call.query.token, "orders:read")
    staff = call.principal.may("orders:read")
    found = await returns.of_order(deps.db, order.order_id)
    return Returns([return_view(order, record, staff=staff) for record in found])


async def get_returns(deps: Deps, call: Call[None, ReturnQuery]) -> Page[ReturnSummary]:
    return await list_returns(deps.db, call.query)


async def post_return(deps: Deps, call: Call[AskReturn, TokenQuery]) -> Return:
    order = await find_order(deps, call.uuid("order_id"), call.principal, call.query.token, "orders:write")
    return await request_return(deps, call.principal, order, call.body, call.once)


async def post_return_approval(deps: Deps, call: Call[ApproveReturn, None]) -> Return:
    order = await find_order(deps, call.uuid("order_id"), call.principal, None, "orders:write")
    return await approve_return(deps, call.principal, order, call.uuid("return_id"), call.body, call.once)


async def post_return_refusal(deps: Deps, call: Call[DecideReturn, None]) -> Return:
    order = await find_order(deps, call.uuid("order_id"), call.principal, None, "orders:write")
    return await refuse_return(
        deps, call.principal, order, call.uuid("return_id"), call.body.reason, call.once
    )


async def post_return_cancel(deps: Deps, call: Call[None, TokenQuery]) -> Return:
    order = await find_order(deps, call.uuid("order_id"), call.principal, call.query.token, "orders:write")
    return await cancel_return(deps, call.principal, order, call.uuid("return_id"), call.once)


async def post_return_receipt(deps: Deps, call: Call[ReceiveReturn, None]) -> Return:
    order = await find_order(deps, call.uuid("order_id"), call.principal, None, "orders:fulfil")
    return await receive_return(deps, call.principal, order, call.uuid("return_id"), call.body, call.once)


async def post_return_refund(deps: Deps, call: Call[RefundReturn, None]) -> Return | Answer:
    order = await find_order(deps, call.uuid("order_id"), call.principal, None, "payments:write")
    answer, pending = await refund_return(
        deps, call.principal, order, call.uuid("return_id"), call.body, call.once
    )
    return Answer(answer, status=202) if pending else answer


async def post_return_close(deps: Deps, call: Call[DecideReturn, None]) -> Return:
    order = await find_order(deps, call.uuid("order_id"), call.principal, None, "orders:write")
    return await close_return(
        deps, call.principal, order, call.uuid("return_id"), call.body.reason, call.once
    )


RETURN_ERRORS: tuple[tuple[Any, str], ...] = (*ORDER_ERRORS, (NotFound, "return_not_found"))
_RETURN = "/v1/orders/{order_id}/returns/{return_id}"

RETURN_ROUTES = (
    Route(
        "GET",
        "/v1/orders/{order_id}/returnable",
        get_returnable,
        OWNER,
        "What of an order may be returned, and until when",
        answer=Returnable,
        query=TokenQuery,
        errors=ORDER_ERRORS,
    ),
    Route(
        "GET",
        "/v1/orders/{order_id}/returns",
        get_order_returns,
        OWNER,
        "An order's returns, and how they go",
        answer=Returns,
        query=TokenQuery,
        errors=ORDER_ERRORS,
    ),
    Route(
        "GET",
        "/v1/returns",
        get_returns,
        permission("orders:read"),
        "Returns of all orders, the newest first",
        answer=Page[ReturnSummary],
        query=ReturnQuery,
        errors=((Invalid, "cursor_invalid"),),
    ),
    Route(
        "POST",
        "/v1/orders/{order_id}/returns",
        post_return,
        OWNER,
        "Ask to send pieces back",
        answer=Return,
        body=AskReturn,
        query=TokenQuery,
        status=201,
        errors=(
            *ORDER_ERRORS,
            (Conflict, "order_imported"),
            (Conflict, "nothing_to_return"),
            (Conflict, "return_too_late"),
        ),
        example={
            "lines": [{"sku": "ALDEA-CLAY", "quantity": 1, "reason": "changed_mind"}],
            "note": "a size too large for the shelf",
        },
    ),
    Route(
        "POST",
        f"{_RETURN}/approve",
        post_return_approval,
        permission("orders:write"),
        "Let a return come, with its label",
        answer=Return,
        body=ApproveReturn,
        errors=(*RETURN_ERRORS, (Conflict, "return_decided")),
        example={
            "carrier": "DHL",
            "label": "https://labels.example/RT1234.pdf",
            "message": "Please send it soon",
        },
    ),
    Route(
        "POST",
        f"{_RETURN}/refuse",
        post_return_refusal,
        permission("orders:write"),
        "Refuse a return",
        answer=Return,
        body=DecideReturn,
        errors=(*RETURN_ERRORS, (Conflict, "return_decided")),
        example={"reason": "It was made to measure"},
    ),
    Route(
        "POST",
        f"{_RETURN}/cancel",
        post_return_cancel,
        OWNER,
        "Take a return back before it came",
        answer=Return,
        query=TokenQuery,
        errors=(*RETURN_ERRORS, (Conflict, "return_under_way"), (Conflict, "return_of_exchange")),
    ),
    Route(
        "POST",
        f"{_RETURN}/receipts",
        post_return_receipt,
        permission("orders:fulfil"),
        "Receive a parcel of a return, piece by piece in its condition",
        answer=Return,
        body=ReceiveReturn,
        status=201,
        errors=(
            *RETURN_ERRORS,
            (Conflict, "return_not_receivable"),
            (Conflict, "too_many_pieces"),
            (Conflict, "return_not_shipped"),
            (Conflict, "serial_exists"),
            (Invalid, "warehouse_unknown"),
        ),
        example={
            "pieces": [{"sku": "ALDEA-CLAY", "quantity": 1, "warehouse": "LEJ", "condition": "restock"}],
            "inspection": "box opened, vase as new",
        },
    ),
    Route(
        "POST",
        f"{_RETURN}/refund",
        post_return_refund,
        permission("payments:write"),
        "Give back what the pieces that are here cost",
        answer=Return,
        pending=True,
        body=RefundReturn,
        errors=(
            *RETURN_ERRORS,
            (Conflict, "return_not_received"),
            (Conflict, "return_of_exchange"),
            (Conflict, "refund_under_way"),
            (Conflict, "nothing_to_refund"),
            (Conflict, "fee_too_large"),
            (Conflict, "shipping_too_large"),
            (Conflict, "payment_disputed"),
            (Conflict, "refund_failed"),
        ),
        example={"fee_minor": 500, "reason": "as agreed"},
    ),
    Route(
        "POST",
        f"{_RETURN}/close",
        post_return_close,
        permission("orders:write"),
        "End a return that came without giving money back",
        answer=Return,
        body=DecideReturn,
        errors=(*RETURN_ERRORS, (Conflict, "return_not_received"), (Conflict, "return_under_way")),
        example={"reason": "refunded by hand"},
    ),
)
