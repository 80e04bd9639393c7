"""Edits of orders and exchanges over HTTP: begun and changed by staff, confirmed by them or by the customer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import OWNER, Call, Route, permission
from tradewind.services.order.access import find_order
from tradewind.services.order.deps import Deps
from tradewind.services.order.edit_views import edit_view
from tradewind.services.order.routes.orders import ORDER_ERRORS
from tradewind.services.order.shapes.edits import Edit, EditOrder, Edits, NewExchange, ProposeEdit
from tradewind.services.order.shapes.orders import TokenQuery
from tradewind.services.order.store import edits
from tradewind.services.order.use_cases.begin_edit import begin_edit, change_edit
from tradewind.services.order.use_cases.confirm_edit import confirm_edit
from tradewind.services.order.use_cases.propose_edit import cancel_edit, propose_edit, refuse_edit

WRITE = "orders:write"


async def _list(deps: Deps, call: Call[None, TokenQuery], kind: str) -> Edits:
    """Customers see what they were asked, and what was done."""
    order = await find_order(deps, call.uuid("order_id"), call.principal, call.query.token, "orders:read")
    staff = call.principal.may("orders:read")
    found = await edits.of_order(deps.db, order.order_id, kind)
    shown = [edit for edit in found if staff or edit.state in ("requested", "confirmed", "refused")]
    return Edits([edit_view(order, edit, staff=staff) for edit in shown])


async def get_edits(deps: Deps, call: Call[None, TokenQuery]) -> Edits:
    return await _list(deps, call, "edit")


async def get_exchanges(deps: Deps, call: Call[None, TokenQuery]) -> Edits:
    return await _list(deps, call, "exchange")


async def post_edit(deps: Deps, call: Call[EditOrder, None]) -> Edit:
    order = await find_order(deps, call.uuid("order_id"), call.principal, None, WRITE)
    return await begin_edit(deps, call.principal, order, call.body, call.once)


async def put_edit(deps: Deps, call: Call[EditOrder, None]) -> Edit:
    order = await find_order(deps, call.uuid("order_id"), call.principal, None, WRITE)
    return await change_edit(deps, call.principal, order, call.uuid("edit_id"), call.body, call.once)


async def post_exchange(deps: Deps, call: Call[NewExchange, None]) -> Edit:
    order = await find_order(deps, call.uuid("order_id"), call.principal, None, WRITE)
    return await begin_edit(deps, call.principal, order, call.body, call.once)


async def put_exchange(deps: Deps, call: Call[NewExchange, None]) -> Edit:
    order = await find_order(deps, call.uuid("order_id"), call.principal, None, WRITE)
    return await change_edit(deps, call.principal, order, call.uuid("exchange_id"), call.body, call.once)


async def _propose(deps: Deps, call: Call[ProposeEdit, None], kind: str) -> Edit:
    order = await find_order(deps, call.uuid("order_id"), call.principal, None, WRITE)
    return await propose_edit(
        deps, call.principal, order, call.uuid(f"{kind}_id"), kind, call.body.message, call.once
    )


async def post_edit_request(deps: Deps, call: Call[ProposeEdit, None]) -> Edit:
    return await _propose(deps, call, "edit")


async def post_exchange_request(deps: Deps, call: Call[ProposeEdit, None]) -> Edit:
    return await _propose(deps, call, "exchange")


async def post_edit_confirmation(deps: Deps, call: Call[None, TokenQuery]) -> Edit:
    order = await find_order(deps, call.uuid("order_id"), call.principal, call.query.token, WRITE)
    return await confirm_edit(deps, call.principal, order, call.uuid("edit_id"), "edit", call.once)


async def post_exchange_confirmation(deps: Deps, call: Call[None, TokenQuery]) -> Edit:
    order = await find_order(deps, call.uuid("order_id"), call.principal, call.query.token, WRITE)
    return await confirm_edit(deps, call.principal, order, call.uuid("exchange_id"), "exchange", call.once)


async def post_edit_refusal(deps: Deps, call: Call[None, TokenQuery]) -> Edit:
    order = await find_order(deps, call.uuid("order_id"), call.principal, call.query.token, WRITE)
    return await refuse_edit(deps, call.principal, order, call.uuid("edit_id"), "edit", call.once)


async def post_exchange_refusal(deps: Deps, call: Call[None, TokenQuery]) -> Edit:
    order = await find_order(deps, call.uuid("order_id"), call.principal, call.query.token, WRITE)
    return await refuse_edit(deps, call.principal, order, call.uuid("exchange_id"), "exchange", call.once)


async def post_edit_cancel(deps: Deps, call: Call[None, None]) -> Edit:
    order = await find_order(deps, call.uuid("order_id"), call.principal, None, WRITE)
    return await cancel_edit(deps, call.principal, order, call.uuid("edit_id"), "edit", call.once)


async def post_exchange_cancel(deps: Deps, call: Call[None, None]) -> Edit:
    order = await find_order(deps, call.uuid("order_id"), call.principal, None, WRITE)
    return await cancel_edit(deps, call.principal, order, call.uuid("exchange_id"), "exchange", call.once)


Errors = tuple[tuple[Any, str], ...]
Handler = Callable[[Any, Any], Awaitable[object]]
_OPEN: Errors = (*ORDER_ERRORS, (Conflict, "edit_not_open"))
_PRICED: Errors = (
    (Invalid, "edit_empty"),
    (Invalid, "line_incomplete"),
    (Invalid, "tax_class_unknown"),
    (Invalid, "field_not_expected"),
    (Invalid, "sku_repeated"),
    (Invalid, "sku_not_for_sale"),
    (Invalid, "price_fixed"),
    (Invalid, "shipping_method_not_available"),
    (Invalid, "total_too_large"),
    (Conflict, "order_imported"),
    (Conflict, "pieces_in_parcels"),
    (Conflict, "pieces_refunded"),
    (Conflict, "line_partly_cancelled"),
    (Conflict, "shipping_charged"),
)


def _routes(
    noun: str,
    begin: Handler,
    change: Handler,
    listed: Handler,
    deeds: tuple[Handler, Handler, Handler, Handler],
    body: type,
    example: dict[str, Any],
) -> tuple[Route, ...]:
    """The same verbs for both: they differ in what is asked for."""
    return (*_made(noun, begin, change, listed, body, example), *_decided(noun, *deeds))


def _made(
    noun: str, begin: Handler, change: Handler, listed: Handler, body: type, example: dict[str, Any]
) -> tuple[Route, ...]:
    many, one = f"/v1/orders/{{order_id}}/{noun}s", f"/v1/orders/{{order_id}}/{noun}s/{{{noun}_id}}"
    a_noun = f"an {noun}"
    staff = permission(WRITE)
    state: Errors = ((Conflict, "order_not_editable" if noun == "edit" else "order_not_exchangeable"),)
    found: Errors = (*_OPEN, (NotFound, f"{noun}_not_found"))
    return (
        Route(
            "GET",
            many,
            listed,
            OWNER,
            f"An order's {noun}s",
            answer=Edits,
            query=TokenQuery,
            errors=ORDER_ERRORS,
        ),
        Route(
            "POST",
            many,
            begin,
            staff,
            f"Begin {a_noun} and see what it comes to",
            answer=Edit,
            body=body,
            status=201,
            errors=(*ORDER_ERRORS, *state, (Conflict, "edit_open"), *_PRICED),
            example=example,
        ),
        Route(
            "PUT",
            one,
            change,
            staff,
            f"Replace what {a_noun} that is open would do",
            answer=Edit,
            body=body,
            errors=(*found, *state, *_PRICED),
            example=example,
        ),
    )


def _decided(
    noun: str, request: Handler, confirm: Handler, refuse: Handler, cancel: Handler
) -> tuple[Route, ...]:
    one = f"/v1/orders/{{order_id}}/{noun}s/{{{noun}_id}}"
    a_noun = f"an {noun}"
    staff = permission(WRITE)
    state: Errors = ((Conflict, "order_not_editable" if noun == "edit" else "order_not_exchangeable"),)
    found: Errors = (*_OPEN, (NotFound, f"{noun}_not_found"))
    return (
        Route(
            "POST",
            f"{one}/request",
            request,
            staff,
            f"Ask the customer to agree to {a_noun}",
            answer=Edit,
            body=ProposeEdit,
            errors=(*found, *state),
            example={"message": "The blue one is sold out: is the green one as good?"},
        ),
        Route(
            "POST",
            f"{one}/confirm",
            confirm,
            OWNER,
            f"Do what {a_noun} says: staff any that is open, customers what they were asked",
            answer=Edit,
            query=TokenQuery,
            errors=(
                *found,
                *state,
                (Conflict, "edit_outdated"),
                (Conflict, "out_of_stock"),
                (Conflict, "stock_not_reserved"),
                (Conflict, "capture_unsettled"),
                (Conflict, "nothing_to_return"),
                (Conflict, "pieces_claimed"),
                (Conflict, "order_busy"),
                *_PRICED,
            ),
        ),
        Route(
            "POST",
            f"{one}/refuse",
            refuse,
            OWNER,
            f"The customer does not agree to {a_noun}",
            answer=Edit,
            query=TokenQuery,
            errors=found,
        ),
        Route(
            "POST",
            f"{one}/cancel",
            cancel,
            staff,
            f"Give up {a_noun} that is open",
            answer=Edit,
            errors=found,
        ),
    )


EDIT_ROUTES = _routes(
    "edit",
    post_edit,
    put_edit,
    get_edits,
    (post_edit_request, post_edit_confirmation, post_edit_refusal, post_edit_cancel),
    EditOrder,
    {"lines": [{"sku": "ALDEA-CLAY", "quantity": 2}], "reason": "one more, as you wrote"},
)
EXCHANGE_ROUTES = _routes(
    "exchange",
    post_exchange,
    put_exchange,
    get_exchanges,
    (post_exchange_request, post_exchange_confirmation, post_exchange_refusal, post_exchange_cancel),
    NewExchange,
    {
        "returns": [{"sku": "ALDEA-CLAY", "quantity": 1, "reason": "does_not_fit"}],
        "lines": [{"sku": "ALDEA-SAGE", "quantity": 1}],
        "ship": "after_return",
    },
)
