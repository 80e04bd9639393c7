"""A shopper changes how many of an article a cart holds, or takes it out."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import NotFound
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order.deps import Deps
from tradewind.services.order.shapes.carts import Cart
from tradewind.services.order.store.carts import CartItem, CartRecord, replaced
from tradewind.services.order.use_cases.edit_cart import edit_cart


async def set_line_quantity(
    deps: Deps,
    caller: Principal,
    cart_id: UUID,
    sku: str,
    quantity: int,
    once: Once,
    version: int | None = None,
) -> Cart:
    """0 takes the line out. Raises NotFound(line_not_found) for a SKU that the cart does not hold."""

    def change(cart: CartRecord) -> CartRecord:
        if all(item.sku != sku for item in cart.items):
            raise NotFound("line_not_found", f"this cart holds no {sku}")
        changed = [item if item.sku != sku else CartItem(sku, quantity) for item in cart.items]
        return replaced(cart, items=[item for item in changed if item.quantity > 0])

    return await edit_cart(deps, caller, cart_id, change, once, version=version)
