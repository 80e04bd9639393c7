"""Carts over HTTP."""

from __future__ import annotations

from typing import Any

from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import ACCOUNT, OWNER, Call, Route
from tradewind.services.order.access import check_cart
from tradewind.services.order.deps import Deps
from tradewind.services.order.quoting import cart_view, price_cart
from tradewind.services.order.shapes.carts import (
    AddLine,
    Cart,
    CartChange,
    Carts,
    CartSummary,
    LineQuantity,
    NewCart,
    SaveCart,
    VersionQuery,
)
from tradewind.services.order.stock_warnings import stock_warnings
from tradewind.services.order.store import carts, kept_carts
from tradewind.services.order.use_cases.activate_cart import activate_cart
from tradewind.services.order.use_cases.add_cart_line import add_cart_line
from tradewind.services.order.use_cases.change_cart import change_cart
from tradewind.services.order.use_cases.claim_cart import claim_cart
from tradewind.services.order.use_cases.create_cart import create_cart
from tradewind.services.order.use_cases.discard_cart import discard_cart
from tradewind.services.order.use_cases.save_cart import save_cart
from tradewind.services.order.use_cases.set_line_quantity import set_line_quantity


async def post_cart(deps: Deps, call: Call[NewCart, None]) -> Cart:
    return await create_cart(deps, call.principal, call.body, call.once)


async def get_cart(deps: Deps, call: Call[None, None]) -> Cart:
    """With a warning for each line of which less is in stock, or where it is collected, than the cart wants."""
    cart = check_cart(await carts.load(deps.db, call.uuid("cart_id")), call.principal)
    return await _shown(deps, cart)


async def get_my_cart(deps: Deps, call: Call[None, None]) -> Cart:
    assert call.principal.account_id is not None, "the route's policy lets accounts in alone"
    cart_id = await carts.open_cart_of(deps.db, call.principal.account_id)
    cart = await carts.load(deps.db, cart_id) if cart_id else None
    return await _shown(deps, check_cart(cart, call.principal))


async def _shown(deps: Deps, cart: carts.CartRecord) -> Cart:
    priced = await price_cart(deps, cart)
    warnings = await stock_warnings(deps, cart, priced.offers)
    return cart_view(priced, version=cart.version, warnings=warnings)


async def post_cart_line(deps: Deps, call: Call[AddLine, None]) -> Cart:
    return await add_cart_line(deps, call.principal, call.uuid("cart_id"), call.body, call.once)


async def put_cart_line(deps: Deps, call: Call[LineQuantity, None]) -> Cart:
    cart_id, sku, body = call.uuid("cart_id"), call.parameters["sku"], call.body
    return await set_line_quantity(deps, call.principal, cart_id, sku, body.quantity, call.once, body.version)


async def delete_cart_line(deps: Deps, call: Call[None, VersionQuery]) -> Cart:
    cart_id, sku = call.uuid("cart_id"), call.parameters["sku"]
    return await set_line_quantity(deps, call.principal, cart_id, sku, 0, call.once, call.query.version)


async def get_carts(deps: Deps, call: Call[None, None]) -> Carts:
    assert call.principal.account_id is not None, "the route's policy lets accounts in alone"
    rows = await kept_carts.of_account(deps.db, call.principal.account_id)
    return Carts([CartSummary(*(row[name] for name in CartSummary.__struct_fields__)) for row in rows])


async def post_cart_saving(deps: Deps, call: Call[SaveCart, None]) -> Cart:
    return await save_cart(deps, call.principal, call.uuid("cart_id"), call.body.name, call.once)


async def post_cart_activation(deps: Deps, call: Call[None, None]) -> Cart:
    return await activate_cart(deps, call.principal, call.uuid("cart_id"), call.once)


async def delete_cart(deps: Deps, call: Call[None, None]) -> Cart:
    return await discard_cart(deps, call.principal, call.uuid("cart_id"), call.once)


async def patch_cart(deps: Deps, call: Call[CartChange, None]) -> Cart:
    return await change_cart(deps, call.principal, call.uuid("cart_id"), call.body, call.once)


async def post_cart_claim(deps: Deps, call: Call[None, None]) -> Cart:
    return await claim_cart(deps, call.principal, call.uuid("cart_id"), call.once)


_ADDRESS = {
    "name": "Ada Lovelace",
    "line1": "Karl-Liebknecht-Straße 12",
    "postal_code": "04107",
    "city": "Leipzig",
    "country": "DE",
}
CART_ERRORS: tuple[tuple[Any, str], ...] = (
    (NotFound, "cart_not_found"),
    (Conflict, "cart_not_open"),
    (Conflict, "cart_busy"),
)
_CHANGED: tuple[tuple[Any, str], ...] = ((Conflict, "cart_changed"),)
_UNSOLD: tuple[tuple[Any, str], ...] = ((Invalid, "sku_not_for_sale"), (Invalid, "quantity_too_large"))

CART_ROUTES = (
    Route(
        "POST",
        "/v1/carts",
        post_cart,
        OWNER,
        "Begin a cart (a signed-in account has one: lines are added to it)",
        answer=Cart,
        body=NewCart,
        status=201,
        errors=(
            *_UNSOLD,
            (Invalid, "currency_unknown"),
            (Conflict, "cart_other_currency"),
            (Conflict, "too_many_carts"),
        ),
        example={"currency": "EUR", "lines": [{"sku": "ALDEA-CLAY", "quantity": 1}]},
    ),
    Route(
        "GET",
        "/v1/carts/{cart_id}",
        get_cart,
        OWNER,
        "A cart, priced now",
        answer=Cart,
        errors=CART_ERRORS[:1],
    ),
    Route(
        "GET",
        "/v1/me/cart",
        get_my_cart,
        ACCOUNT,
        "The account's open cart",
        answer=Cart,
        errors=CART_ERRORS[:1],
    ),
    Route(
        "PATCH",
        "/v1/carts/{cart_id}",
        patch_cart,
        OWNER,
        "Set e-mail, addresses, shipping method or pickup point, discount codes",
        answer=Cart,
        body=CartChange,
        errors=(
            *CART_ERRORS,
            (Conflict, "cart_changed"),
            (Invalid, "shipping_address_missing"),
            (Invalid, "shipping_method_not_available"),
            (Invalid, "pickup_unknown"),
            (Invalid, "field_not_expected"),
            (Invalid, "discount_unknown"),
            (Invalid, "discount_used_up"),
        ),
        example={"email": "ada@example.com", "shipping_address": _ADDRESS, "shipping_method": "standard"},
    ),
    Route(
        "POST",
        "/v1/carts/{cart_id}/lines",
        post_cart_line,
        OWNER,
        "Add an article",
        answer=Cart,
        body=AddLine,
        errors=(*CART_ERRORS, *_CHANGED, *_UNSOLD, (Invalid, "too_many_lines")),
        example={"sku": "ALDEA-CLAY", "quantity": 2},
    ),
    Route(
        "PUT",
        "/v1/carts/{cart_id}/lines/{sku}",
        put_cart_line,
        OWNER,
        "Set how many of an article; 0 takes it out",
        answer=Cart,
        body=LineQuantity,
        errors=(*CART_ERRORS, *_CHANGED, (NotFound, "line_not_found")),
        example={"quantity": 3},
    ),
    Route(
        "DELETE",
        "/v1/carts/{cart_id}/lines/{sku}",
        delete_cart_line,
        OWNER,
        "Take an article out",
        answer=Cart,
        query=VersionQuery,
        errors=(*CART_ERRORS, *_CHANGED, (NotFound, "line_not_found")),
    ),
    Route(
        "GET",
        "/v1/carts",
        get_carts,
        ACCOUNT,
        "The account's carts: the active one, and those kept for later",
        answer=Carts,
    ),
    Route(
        "DELETE",
        "/v1/carts/{cart_id}",
        delete_cart,
        OWNER,
        "Throw a cart away",
        answer=Cart,
        errors=CART_ERRORS,
    ),
    Route(
        "POST",
        "/v1/carts/{cart_id}/save",
        post_cart_saving,
        ACCOUNT,
        "Keep a cart for later, under a name",
        answer=Cart,
        body=SaveCart,
        errors=(*CART_ERRORS, (Conflict, "too_many_carts")),
        example={"name": "For the new flat"},
    ),
    Route(
        "POST",
        "/v1/carts/{cart_id}/activate",
        post_cart_activation,
        ACCOUNT,
        "Take up a cart that was kept for later; the active one is kept for later instead",
        answer=Cart,
        errors=CART_ERRORS,
    ),
    Route(
        "POST",
        "/v1/carts/{cart_id}/claim",
        post_cart_claim,
        ACCOUNT,
        "After signing in: make a guest's cart the account's, or add it to the account's",
        answer=Cart,
        errors=(*CART_ERRORS, (Conflict, "cart_other_currency")),
    ),
)
