"""What a cart's shopper is told of the stock. It refuses nothing: the order reserves, and may find more or less."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tradewind.contracts.inventory import Available, Beyond, NoPickupPlace
from tradewind.services.order.deps import Deps
from tradewind.services.order.quoting import Offers
from tradewind.services.order.shapes.carts import Warning
from tradewind.services.order.store.carts import CartItem, CartRecord


async def stock_warnings(deps: Deps, cart: CartRecord, offers: Offers) -> list[Warning]:
    """One for each line of which less is there than the cart wants. A cart that is collected needs it at its place:
    what is short there and everywhere has two. One or two calls of the inventory service, beside one another."""
    items = _offered(cart, offers)
    if not items:
        return []
    known, at_place = await asyncio.gather(
        deps.inventory.availability([item.sku for item in items]), place_warnings(deps, cart, offers)
    )
    found = {one.sku: one for one in known}
    said = [_said(item, found[item.sku], later=cart.pickup is None) for item in items]
    return [*filter(None, said), *at_place]


async def place_warnings(deps: Deps, cart: CartRecord, offers: Offers) -> list[Warning]:
    """Of what is collected alone, and at no call without it."""
    items = _offered(cart, offers)
    if cart.pickup is None or not items:
        return []
    there = await deps.inventory.pickup_stock(cart.pickup, [item.sku for item in items])
    if isinstance(there, NoPickupPlace):
        message = "nothing is handed over there any more: choose another place, or have it sent"
        return [Warning("pickup_unknown", message, blocking=True)]
    found = {one.sku: one for one in there.items}
    said = [_said(item, found[item.sku], later=True, place=there.place.name) for item in items]
    return list(filter(None, said))


def _offered(cart: CartRecord, offers: Offers) -> Sequence[CartItem]:
    """What is no longer sold has a warning of its own."""
    return [item for item in cart.items if item.sku in offers]


def _said(item: CartItem, found: Available, *, later: bool, place: str | None = None) -> Warning | None:
    """In all, or at `place`. `later`: also that some of it comes later."""
    missing = item.quantity - found.available
    if missing <= 0:
        return None
    if found.beyond is not None and missing <= found.beyond.left:
        return _later(item.sku, missing, found.available, found.beyond) if later else None
    code, words = "not_enough_in_stock", f"{found.available} left"
    if place is not None:
        code = "not_enough_at_place"
        words = f"{found.available} of them can be collected at {place}, not {item.quantity}"
    return Warning(code, words, item.sku, available=found.available, asked=item.quantity, place=place)


def _later(sku: str, missing: int, available: int, beyond: Beyond) -> Warning:
    """What may be ordered though it is not there yet."""
    when = f", expected on {beyond.expected_at.date()}" if beyond.expected_at is not None else ""
    code = "pre_ordered" if beyond.kind == "preorder" else "back_ordered"
    message = f"{missing} of them come later{when}"
    return Warning(code, message, sku, available=available, expected_at=beyond.expected_at)
