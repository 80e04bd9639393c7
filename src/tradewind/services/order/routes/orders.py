"""Orders over HTTP, as their customers meet them: placed, paid, seen, cancelled."""

from __future__ import annotations

from typing import Any

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Conflict, Invalid, NotFound, TooManyRequests, Unavailable
from tradewind.kernel.http import ACCOUNT, OWNER, PUBLIC, Answer, Call, Route
from tradewind.services.order.access import find_order
from tradewind.services.order.deps import Deps
from tradewind.services.order.queries import orders as queries
from tradewind.services.order.queries.as_of import order_as_of
from tradewind.services.order.routes.carts import CART_ERRORS
from tradewind.services.order.shapes.orders import (
    CancelOrder,
    LookUp,
    Order,
    OrderQuery,
    OrderSummary,
    PayAgain,
    PlaceOrder,
    TokenQuery,
)
from tradewind.services.order.shapes.record import OrderReading
from tradewind.services.order.store import orders
from tradewind.services.order.use_cases.cancel_order import cancel_order
from tradewind.services.order.use_cases.confirm_payment import confirm_payment
from tradewind.services.order.use_cases.place_order import place_order
from tradewind.services.order.use_cases.retry_payment import retry_payment
from tradewind.services.order.views import order_page, order_view


async def post_order(deps: Deps, call: Call[PlaceOrder, None]) -> Order | Answer:
    return answered(await place_order(deps, call.principal, call.body, call.once))


def answered(order: Order) -> Order | Answer:
    """202 while the outcome of what was asked is unknown: a repeat tells it."""
    under_way = order.state == "pending" or any(f.state == "shipping" for f in order.fulfilments)
    return Answer(order, status=202) if under_way else order


async def get_orders(deps: Deps, call: Call[None, OrderQuery]) -> Page[OrderSummary]:
    everyones = call.principal.may("orders:read")
    return await queries.list_orders(deps.db, call.query, None if everyones else call.principal.account_id)


async def get_order(deps: Deps, call: Call[None, OrderReading]) -> Order:
    order = await find_order(deps, call.uuid("order_id"), call.principal, call.query.token, "orders:read")
    if call.query.as_of is not None:
        return await order_as_of(deps, call.principal, order, call.query.as_of)
    return await order_page(deps, call.principal, order)


async def post_order_lookup(deps: Deps, call: Call[LookUp, None]) -> Order:
    """A guest's order by its number and e-mail; one of an account is opened by signing in."""
    order = await orders.load_by_number(deps.db, call.body.number, call.body.email)
    if order is None or order.account_id is not None:
        raise NotFound("order_not_found", "no guest order has this number and e-mail")
    return order_view(order, deps.settings)


async def post_order_payment(deps: Deps, call: Call[PayAgain, TokenQuery]) -> Order | Answer:
    order = await find_order(deps, call.uuid("order_id"), call.principal, call.query.token, "orders:write")
    paid = await retry_payment(deps, call.principal, order, call.body, call.once)
    # Of a placed order that pays a difference, its state does not tell: what is not final is not kept.
    return answered(paid) if call.once.encoded is not None else Answer(paid, status=202)


async def post_order_confirmation(deps: Deps, call: Call[None, TokenQuery]) -> Order | Answer:
    order = await find_order(deps, call.uuid("order_id"), call.principal, call.query.token, "orders:write")
    return answered(await confirm_payment(deps, call.principal, order, call.once))


async def post_order_cancel(deps: Deps, call: Call[CancelOrder, TokenQuery]) -> Order:
    order = await find_order(deps, call.uuid("order_id"), call.principal, call.query.token, "orders:write")
    return await cancel_order(deps, call.principal, order, call.body.reason, call.once)


ORDER_ERRORS: tuple[tuple[Any, str], ...] = ((NotFound, "order_not_found"),)
ORDER_ROUTES = (
    Route(
        "POST",
        "/v1/orders",
        post_order,
        OWNER,
        "Order a cart and pay for it",
        answer=Order,
        pending=True,
        body=PlaceOrder,
        status=201,
        cost=5,
        errors=(
            *CART_ERRORS,
            (Conflict, "cart_not_active"),
            (Invalid, "cart_empty"),
            (Invalid, "payment_missing"),
            (Invalid, "payment_ambiguous"),
            (Invalid, "email_missing"),
            (Invalid, "shipping_address_missing"),
            (Invalid, "shipping_method_missing"),
            (Invalid, "pickup_unknown"),
            (Invalid, "pickup_name_missing"),
            (Conflict, "total_changed"),
            (Conflict, "price_changed"),
            (Conflict, "out_of_stock"),
            (Conflict, "not_for_sale"),
            (Conflict, "discount_used_up"),
            (Unavailable, "service_unavailable"),
        ),
        example={
            "cart_id": "0192d0c4-7f7e-7b60-8d00-2f6c9a1b2c3d",
            "card_token": "tok_4f9a2b7c8d",
            "expected_total_minor": 7290,
        },
    ),
    Route(
        "GET",
        "/v1/orders",
        get_orders,
        ACCOUNT,
        "The account's orders; for staff, all",
        answer=Page[OrderSummary],
        query=OrderQuery,
        errors=((Invalid, "timezone_unknown"), (Invalid, "cursor_invalid")),
    ),
    Route(
        "GET",
        "/v1/orders/{order_id}",
        get_order,
        OWNER,
        "An order with its history; as it is, or as it was at a moment of its past",
        answer=Order,
        query=OrderReading,
        errors=(*ORDER_ERRORS, (Invalid, "as_of_in_future"), (Invalid, "as_of_too_early")),
    ),
    Route(
        "POST",
        "/v1/orders/lookup",
        post_order_lookup,
        PUBLIC,
        "A guest's order, by number and e-mail",
        answer=Order,
        body=LookUp,
        keyed=False,
        cost=20,
        errors=(*ORDER_ERRORS, (TooManyRequests, "rate_limited")),
        example={"number": "TW-100001", "email": "ada@example.com"},
    ),
    Route(
        "POST",
        "/v1/orders/{order_id}/payments",
        post_order_payment,
        OWNER,
        "Pay after a decline, pay a draft that was sent, or pay what became due",
        answer=Order,
        pending=True,
        body=PayAgain,
        query=TokenQuery,
        cost=5,
        errors=(
            *ORDER_ERRORS,
            (Invalid, "payment_missing"),
            (Invalid, "payment_ambiguous"),
            (Invalid, "one_method"),
            (Conflict, "order_not_payable"),
            (Conflict, "too_many_attempts"),
            (Conflict, "nothing_due"),
            (Conflict, "total_changed"),
            (Conflict, "payment_under_way"),
            (Conflict, "payment_declined"),
            (Conflict, "too_many_payments"),
        ),
        example={
            "payment": {"type": "card", "token": "tok_4f9a2b7c8d"},
            "gift_cards": ["K7QF-2MXP-9RTD-HJ4C"],
        },
    ),
    Route(
        "POST",
        "/v1/orders/{order_id}/payments/confirm",
        post_order_confirmation,
        OWNER,
        "Back from the bank: find out how the payment went",
        answer=Order,
        pending=True,
        query=TokenQuery,
        errors=ORDER_ERRORS,
    ),
    Route(
        "POST",
        "/v1/orders/{order_id}/cancel",
        post_order_cancel,
        OWNER,
        "Cancel an order of which nothing was shipped",
        answer=Order,
        body=CancelOrder,
        query=TokenQuery,
        errors=(*ORDER_ERRORS, (Conflict, "order_not_cancellable"), (Conflict, "order_busy")),
        example={"reason": "ordered by mistake"},
    ),
)
