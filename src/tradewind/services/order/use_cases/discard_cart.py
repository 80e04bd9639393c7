"""A shopper throws a cart away."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order.access import check_cart
from tradewind.services.order.deps import Deps
from tradewind.services.order.quoting import cart_view, price_cart
from tradewind.services.order.shapes.carts import Cart
from tradewind.services.order.store import carts, kept_carts
from tradewind.services.order.store.carts import replaced
from tradewind.services.order.use_cases.edit_cart import TRIES, not_open


async def discard_cart(deps: Deps, caller: Principal, cart_id: UUID, once: Once) -> Cart:
    """Said twice, it is answered as it is. Raises NotFound, Conflict(cart_not_open), Conflict(cart_busy)."""
    for _ in range(TRIES):
        cart = check_cart(await carts.load(deps.db, cart_id), caller)
        gone = cart.state == "discarded"
        if not cart.editable and not gone:
            raise await not_open(deps, cart)
        thrown = replaced(cart, state="discarded")
        answer = cart_view(await price_cart(deps, thrown), version=cart.version + (not gone))
        async with deps.db.begin() as tx:
            if gone or await kept_carts.move(tx, cart, "discarded", deps.clock.now()):
                return await once.answer(tx, answer)
    raise Conflict("cart_busy", "this cart is being changed by many at once: try again")
