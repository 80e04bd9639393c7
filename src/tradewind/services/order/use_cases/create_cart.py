"""A shopper puts the first thing into a cart."""

from __future__ import annotations

from uuid import UUID

from tradewind.contracts.currencies import is_currency
from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.ports.database import UniqueViolation
from tradewind.services.order.deps import Deps
from tradewind.services.order.quoting import cart_view, offers_of, priced, seen
from tradewind.services.order.shapes.carts import Cart, NewCart
from tradewind.services.order.store import carts, kept_carts
from tradewind.services.order.use_cases.edit_cart import added, edit_cart, in_lines, refuse_unsold

MOST_CARTS = 50


async def create_cart(deps: Deps, caller: Principal, new: NewCart, once: Once) -> Cart:
    """An account has one active cart: where it has, the lines are added to that one. With a name, it is another,
    kept for later. Lines of one SKU are summed.

    Raises Invalid, Conflict(cart_other_currency), Conflict(too_many_carts).
    """
    if not is_currency(new.currency):
        raise Invalid("currency_unknown", f"{new.currency} is no currency of ISO 4217", field="currency")
    items = added([], [(line.sku, line.quantity) for line in new.lines])
    cart = carts.CartRecord(
        deps.clock.new_id(),
        caller.account_id,
        new.currency,
        None,
        None,
        None,
        None,
        [],
        "saved" if new.name is not None and caller.account_id is not None else "open",
        1,
        new.language,
        items,
        name=new.name or "",
    )
    await refuse_too_many(deps, cart)
    offers = await offers_of(deps, cart)
    refuse_unsold(offers, cart.currency, in_lines(new.lines))
    try:
        async with deps.db.begin() as tx:
            cart = await carts.insert(tx, seen(cart, offers), deps.clock.now())
            return await once.answer(tx, cart_view(priced(deps, cart, offers), version=1))
    except UniqueViolation as violation:
        if violation.constraint != "carts_one_open_an_account" or caller.account_id is None:
            raise
    return await _add_to_open_cart(deps, caller, caller.account_id, new, once)


async def refuse_too_many(deps: Deps, cart: carts.CartRecord) -> None:
    """Of those that are kept for later; those who come at the same moment may pass together."""
    if cart.state != "saved" or cart.account_id is None:
        return
    if len(await kept_carts.of_account(deps.db, cart.account_id)) >= MOST_CARTS:
        raise Conflict("too_many_carts", f"an account has at most {MOST_CARTS} carts: throw one away first")


async def _add_to_open_cart(
    deps: Deps, caller: Principal, account_id: UUID, new: NewCart, once: Once
) -> Cart:
    cart_id = await carts.open_cart_of(deps.db, account_id)
    if cart_id is None:
        raise Conflict("cart_busy", "the account's cart was ordered just now: try again")
    lines = [(line.sku, line.quantity) for line in new.lines]
    return await edit_cart(
        deps,
        caller,
        cart_id,
        lambda cart: _with_lines(cart, lines, new.currency),
        once,
        wanted=in_lines(new.lines),
    )


def _with_lines(cart: carts.CartRecord, lines: list[tuple[str, int]], currency: str) -> carts.CartRecord:
    if cart.currency != currency and lines:
        raise Conflict(
            "cart_other_currency",
            f"the account's open cart is in {cart.currency}: add in that currency, or empty it first",
        )
    return carts.replaced(cart, items=added(cart.items, lines))
