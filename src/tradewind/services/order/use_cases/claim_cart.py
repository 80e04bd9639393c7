"""A guest signs in: the guest's cart becomes, or joins, the account's."""

from __future__ import annotations

from uuid import UUID

from tradewind.contracts.common import LARGEST_QUANTITY, MOST_LINES
from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.ports.database import UniqueViolation
from tradewind.services.order.access import check_cart
from tradewind.services.order.deps import Deps
from tradewind.services.order.quoting import cart_view, price_cart
from tradewind.services.order.shapes.carts import Cart
from tradewind.services.order.store import carts, kept_carts
from tradewind.services.order.store.carts import CartItem, CartRecord, replaced
from tradewind.services.order.use_cases.edit_cart import not_open

TRIES = 10


async def claim_cart(deps: Deps, caller: Principal, cart_id: UUID, once: Once) -> Cart:
    """Where the account has an active cart, the guest's lines are added to it and the guest's cart is closed.

    Quantities of one SKU are summed, up to the limit of a line. Where both together have more lines than a cart
    holds, the guest's is kept beside the account's, for later. Claiming the own cart changes nothing but its
    version. Raises NotFound, Conflict(cart_not_open), Conflict(cart_other_currency), Conflict(cart_busy).
    """
    assert caller.account_id is not None, "the route's policy lets accounts in alone"
    for _ in range(TRIES):
        guest = check_cart(await carts.load(deps.db, cart_id), caller)
        if not guest.editable:
            raise await not_open(deps, guest)
        own_id = await carts.open_cart_of(deps.db, caller.account_id)
        own = await carts.load(deps.db, own_id) if own_id not in (None, cart_id) and own_id else None
        if own is not None and own.currency != guest.currency and guest.items:
            raise Conflict("cart_other_currency", f"the account's cart is in {own.currency}: empty it first")
        if own is not None and guest.account_id is not None:
            return await _as_it_is(deps, guest, once)  # one of the account's own that it has put aside
        merged = replaced(guest, account_id=caller.account_id) if own is None else _joined(own, guest)
        if own is not None and len(merged.items) > MOST_LINES:
            answer = cart_view(await price_cart(deps, own), version=own.version)
            if await _put_aside(deps, replaced(guest, account_id=caller.account_id), answer, once):
                return answer
            continue
        priced = await price_cart(deps, merged)
        answer = cart_view(priced, version=merged.version + 1)
        if await _saved(deps, merged, None if own is None else guest, answer, once):
            return answer
    raise Conflict("cart_busy", "these carts are being changed by many at once: try again")


async def _as_it_is(deps: Deps, cart: CartRecord, once: Once) -> Cart:
    answer = cart_view(await price_cart(deps, cart), version=cart.version)
    async with deps.db.begin() as tx:
        return await once.answer(tx, answer)


async def _put_aside(deps: Deps, guest: CartRecord, answer: Cart, once: Once) -> bool:
    async with deps.db.begin() as tx:
        if not await kept_carts.move(tx, guest, "saved", deps.clock.now()):
            return False
        await once.answer(tx, answer)
        return True


async def _saved(deps: Deps, merged: CartRecord, closed: CartRecord | None, answer: Cart, once: Once) -> bool:
    """Save one cart and close the other, or neither: False when one of them has moved on since."""
    try:
        async with deps.db.begin() as tx:
            now = deps.clock.now()
            if not await carts.save(tx, merged, now):
                return False
            if closed is not None and not await kept_carts.move(tx, closed, "merged", now):
                raise _MovedOn
            await once.answer(tx, answer)
            return True
    except _MovedOn:
        return False
    except UniqueViolation as violation:
        if violation.constraint != "carts_one_open_an_account":
            raise
        return False


class _MovedOn(Exception):
    """The other cart changed in between: what was written of this one rolls back."""


def _joined(own: CartRecord, guest: CartRecord) -> CartRecord:
    quantities = {item.sku: item.quantity for item in own.items}
    prices = {item.sku: item.seen_price_minor for item in (*guest.items, *own.items)}
    for item in guest.items:
        quantities[item.sku] = min(quantities.get(item.sku, 0) + item.quantity, LARGEST_QUANTITY)
    return replaced(
        own,
        items=[CartItem(sku, quantity, prices[sku]) for sku, quantity in quantities.items()],
        email=own.email or guest.email,
        discount_codes=own.discount_codes or guest.discount_codes,
        promotions=own.promotions if own.discount_codes else guest.promotions,
        language=guest.language or own.language,
    )
