"""Drafts over HTTP: written by staff, changed, held, sent, and begun anew from an order."""

from __future__ import annotations

from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import Call, Route, permission
from tradewind.services.order.access import find_order
from tradewind.services.order.deps import Deps
from tradewind.services.order.quoting import DISCOUNT_PROBLEMS
from tradewind.services.order.routes.orders import ORDER_ERRORS
from tradewind.services.order.shapes.drafts import Draft, DraftChange, NewDraft, Reissue, SendDraft
from tradewind.services.order.use_cases.change_draft import change_draft
from tradewind.services.order.use_cases.create_draft import create_draft, draft_view, find_draft
from tradewind.services.order.use_cases.reissue_order import reissue_order
from tradewind.services.order.use_cases.reserve_draft import reserve_draft
from tradewind.services.order.use_cases.send_draft import send_draft

WRITE = permission("orders:write")


async def post_draft(deps: Deps, call: Call[NewDraft, None]) -> Draft:
    return await create_draft(deps, call.principal, call.body, call.once)


async def get_draft(deps: Deps, call: Call[None, None]) -> Draft:
    order = await find_draft(deps, call.uuid("order_id"))
    async with deps.db.begin() as tx:
        return await draft_view(deps, tx, order.order_id)


async def patch_draft(deps: Deps, call: Call[DraftChange, None]) -> Draft:
    return await change_draft(deps, call.principal, call.uuid("order_id"), call.body, call.once)


async def post_draft_sending(deps: Deps, call: Call[SendDraft, None]) -> Draft:
    return await send_draft(deps, call.principal, call.uuid("order_id"), call.body.message, call.once)


async def post_draft_reservation(deps: Deps, call: Call[None, None]) -> Draft:
    return await reserve_draft(deps, call.principal, call.uuid("order_id"), call.once)


async def post_reissue(deps: Deps, call: Call[Reissue, None]) -> Draft:
    order = await find_order(deps, call.uuid("order_id"), call.principal, None, "orders:write")
    return await reissue_order(deps, call.principal, order, call.body, call.once)


TERMS_ERRORS = (
    (Invalid, "currency_unknown"),
    (Invalid, "customer_missing"),
    (Invalid, "account_unknown"),
    (Invalid, "sku_not_for_sale"),
    (Invalid, "line_twice"),
    (Invalid, "line_incomplete"),
    (Invalid, "tax_class_unknown"),
    (Invalid, "discount_incomplete"),
    (Invalid, "expiry_passed"),
    (Invalid, "total_too_large"),
    *((Invalid, problem) for problem in DISCOUNT_PROBLEMS),
    (Conflict, "discount_used_up"),
)
DRAFT_ERRORS = ((NotFound, "draft_not_found"), (Conflict, "not_a_draft"))
_LINES = [
    {"sku": "ALDEA-CLAY", "quantity": 2, "unit_price_minor": 5900},
    {"title": "Engraving", "quantity": 2, "unit_price_minor": 800},
]
DRAFT_ROUTES = (
    Route(
        "POST",
        "/v1/order-drafts",
        post_draft,
        WRITE,
        "Put an order together for a customer",
        answer=Draft,
        body=NewDraft,
        status=201,
        errors=TERMS_ERRORS,
        example={
            "email": "ada@example.com",
            "lines": _LINES,
            "shipping_address": {
                "name": "Ada Lovelace",
                "line1": "Ackerstr. 12",
                "postal_code": "10115",
                "city": "Berlin",
                "country": "DE",
            },
            "discount": {"kind": "percentage", "basis_points": 500, "reason": "Regular customer"},
            "shipping": {"method": "standard", "price_minor": 490},
        },
    ),
    Route(
        "GET",
        "/v1/order-drafts/{order_id}",
        get_draft,
        permission("orders:read"),
        "A draft with the terms that it was made of",
        answer=Draft,
        errors=DRAFT_ERRORS,
    ),
    Route(
        "PATCH",
        "/v1/order-drafts/{order_id}",
        patch_draft,
        WRITE,
        "Change a draft: it is priced anew",
        answer=Draft,
        body=DraftChange,
        errors=(*DRAFT_ERRORS, (Conflict, "draft_changed"), (Conflict, "draft_reserved"), *TERMS_ERRORS),
        example={"version": 1, "lines": _LINES},
    ),
    Route(
        "POST",
        "/v1/order-drafts/{order_id}/send",
        post_draft_sending,
        WRITE,
        "Send a draft to its customer, to be looked at and paid",
        answer=Draft,
        body=SendDraft,
        errors=DRAFT_ERRORS,
        example={"message": "As we spoke on the phone: here is your order."},
    ),
    Route(
        "POST",
        "/v1/order-drafts/{order_id}/reserve",
        post_draft_reservation,
        WRITE,
        "Have a draft's stock held before it is paid",
        answer=Draft,
        errors=(*DRAFT_ERRORS, (Conflict, "out_of_stock")),
    ),
    Route(
        "POST",
        "/v1/orders/{order_id}/reissue",
        post_reissue,
        WRITE,
        "Begin a draft with what an earlier order was",
        answer=Draft,
        body=Reissue,
        status=201,
        errors=(*ORDER_ERRORS, (Conflict, "order_not_reissuable"), *TERMS_ERRORS),
        example={"prices": "old"},
    ),
)
