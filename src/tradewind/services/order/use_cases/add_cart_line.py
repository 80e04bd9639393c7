"""A shopper adds an article to a cart."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order.deps import Deps
from tradewind.services.order.shapes.carts import AddLine, Cart
from tradewind.services.order.store.carts import replaced
from tradewind.services.order.use_cases.edit_cart import added, edit_cart


async def add_cart_line(deps: Deps, caller: Principal, cart_id: UUID, line: AddLine, once: Once) -> Cart:
    """Adds to what is there of the same SKU."""
    return await edit_cart(
        deps,
        caller,
        cart_id,
        lambda cart: replaced(cart, items=added(cart.items, [(line.sku, line.quantity)])),
        once,
        wanted={line.sku: "sku"},
        version=line.version,
    )
