"""Every change of a cart: read, change, price, and save against the version that was read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from tradewind.contracts.common import LARGEST_QUANTITY, MOST_LINES
from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order.access import check_cart
from tradewind.services.order.deps import Deps
from tradewind.services.order.quoting import Offers, cart_view, offers_of, priced, seen
from tradewind.services.order.shapes.carts import Cart
from tradewind.services.order.store import carts
from tradewind.services.order.store.carts import CartItem, CartRecord

TRIES = 20


async def edit_cart(
    deps: Deps,
    caller: Principal,
    cart_id: UUID,
    change: Callable[[CartRecord], CartRecord],
    once: Once,
    *,
    country: str | None = None,
    discount_codes: Sequence[str] | None = None,
    wanted_skus: Sequence[str] = (),
) -> Cart:
    """Apply `change` to the cart as it is when it is saved: of parallel edits none is lost.

    `wanted_skus` must be on sale. Raises NotFound, Conflict(cart_not_open), Invalid.
    """
    for _ in range(TRIES):
        loaded = await carts.load(
            deps.db, cart_id, country=country, discount_codes=discount_codes, now=deps.clock.now()
        )
        cart = check_cart(loaded, caller)
        if cart.state != "open":
            raise Conflict("cart_not_open", "this cart was ordered or merged: begin a new one")
        edited = change(cart)
        offers = await offers_of(deps, edited)
        refuse_unsold(offers, edited.currency, wanted_skus)
        edited = seen(edited, offers)
        async with deps.db.begin() as tx:
            if await carts.save(tx, edited, deps.clock.now()):
                return await once.answer(
                    tx, cart_view(priced(deps, edited, offers), version=cart.version + 1)
                )
    raise Conflict("cart_busy", "this cart is being changed by many at once: try again")


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


def refuse_unsold(offers: Offers, currency: str, skus: Sequence[str]) -> None:
    """Raises Invalid for the first of `skus` that is not on sale in the cart's currency."""
    for sku in skus:
        if sku not in offers:
            raise Invalid("sku_not_for_sale", f"{sku} is not sold in {currency}", field="sku")
