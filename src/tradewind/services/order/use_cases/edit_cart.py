"""Every change of a cart: read, change, price, and save against the version that was read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from uuid import UUID

import msgspec

from tradewind.contracts.common import LARGEST_QUANTITY, MOST_LINES
from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order.access import check_cart
from tradewind.services.order.deps import Deps
from tradewind.services.order.quoting import Offers, cart_view, offers_of, price_cart, priced, seen
from tradewind.services.order.shapes.carts import Cart, CartLineInput
from tradewind.services.order.stock_warnings import place_warnings
from tradewind.services.order.store import carts, orders
from tradewind.services.order.store.carts import CartItem, CartRecord

TRIES = 20
NOTHING_NEW: Mapping[str, str] = MappingProxyType({})


async def edit_cart(
    deps: Deps,
    caller: Principal,
    cart_id: UUID,
    change: Callable[[CartRecord], CartRecord],
    once: Once,
    *,
    country: str | None = None,
    discount_codes: Sequence[str] | None = None,
    wanted: Mapping[str, str] = NOTHING_NEW,
    version: int | None = None,
) -> Cart:
    """Apply `change` to the cart as it is when it is saved: of parallel edits none is lost.

    `wanted` are SKUs that must be on sale, with the fields that name them; `version`, where given, must be the
    cart's. Raises NotFound, Conflict(cart_not_open), Conflict(cart_changed) and Conflict(cart_busy) with the cart as
    it is, Invalid.
    """
    for _ in range(TRIES):
        loaded = await carts.load(
            deps.db, cart_id, country=country, discount_codes=discount_codes, now=deps.clock.now()
        )
        cart = check_cart(loaded, caller)
        if not cart.editable:
            raise await not_open(deps, cart)
        if version is not None and version != cart.version:
            raise await changed(deps, cart)
        edited = change(cart)
        offers = await offers_of(deps, edited)
        refuse_unsold(offers, edited.currency, wanted)
        edited = seen(edited, offers)
        at_place = await place_warnings(deps, edited, offers)
        async with deps.db.begin() as tx:
            if await carts.save(tx, edited, deps.clock.now()):
                return await once.answer(
                    tx,
                    cart_view(priced(deps, edited, offers), version=cart.version + 1, warnings=at_place),
                )
    current = check_cart(await carts.load(deps.db, cart_id), caller)
    raise Conflict(
        "cart_busy",
        "this cart is being changed by many at once: try again",
        details={"cart": await _shown(deps, current)},
    )


async def not_open(deps: Deps, cart: CartRecord) -> Conflict:
    """Says what became of it: an order that is being paid has its cart until the payment is decided."""
    details: dict[str, Any] = {"state": cart.state}
    order = await orders.load_by_cart(deps.db, cart.cart_id) if cart.state == "ordered" else None
    if order is not None:
        details |= {"order_id": str(order.order_id), "order_state": order.state.value}
    return Conflict("cart_not_open", f"this cart was {cart.state}: begin a new one", details=details)


async def changed(deps: Deps, cart: CartRecord) -> Conflict:
    return Conflict(
        "cart_changed",
        f"the cart is at version {cart.version} now: look at it, and change that",
        field="version",
        details={"version": cart.version, "cart": await _shown(deps, cart)},
    )


async def _shown(deps: Deps, cart: CartRecord) -> Any:
    return msgspec.to_builtins(cart_view(await price_cart(deps, cart), version=cart.version))


def added(items: Sequence[CartItem], lines: Sequence[tuple[str, int]]) -> list[CartItem]:
    """`items` with `lines` added: pieces of one SKU are summed. Raises Invalid above the limits."""
    quantities = {item.sku: item.quantity for item in items}
    prices = {item.sku: item.seen_price_minor for item in items}
    for sku, quantity in lines:
        quantities[sku] = quantities.get(sku, 0) + quantity
        prices[sku] = None  # taken at the price of now
        if quantities[sku] > LARGEST_QUANTITY:
            raise Invalid(
                "quantity_too_large", f"at most {LARGEST_QUANTITY} of {sku} in one cart", field="quantity"
            )
    if len(quantities) > MOST_LINES:
        raise Invalid("too_many_lines", f"a cart has at most {MOST_LINES} different articles", field="lines")
    return [CartItem(sku, quantity, prices[sku]) for sku, quantity in quantities.items()]


def in_lines(lines: Sequence[CartLineInput]) -> dict[str, str]:
    """SKUs with the fields that name them."""
    return {line.sku: f"lines[{index}].sku" for index, line in enumerate(lines)}


def refuse_unsold(offers: Offers, currency: str, wanted: Mapping[str, str]) -> None:
    """Raises Invalid for the first of `wanted`, SKUs with the fields that name them, that is not on sale now in the
    cart's currency."""
    for sku, field in wanted.items():
        if sku not in offers:
            message = f"{sku} is not on sale in {currency}: it has no price there, or is not published"
            raise Invalid("sku_not_for_sale", message, field=field)
