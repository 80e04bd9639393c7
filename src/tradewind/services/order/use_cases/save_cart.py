"""A customer puts the active cart aside, for later: under a name of its own."""

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
from tradewind.services.order.use_cases.create_cart import refuse_too_many
from tradewind.services.order.use_cases.edit_cart import TRIES, not_open


async def save_cart(deps: Deps, caller: Principal, cart_id: UUID, name: str, once: Once) -> Cart:
    """The account has no active cart then. Said of one that is put aside, it is renamed.

    Raises NotFound, Conflict(cart_not_open), Conflict(too_many_carts), Conflict(cart_busy).
    """
    for _ in range(TRIES):
        cart = check_cart(await carts.load(deps.db, cart_id), caller)
        if not cart.editable:
            raise await not_open(deps, cart)
        aside = replaced(cart, state="saved", account_id=caller.account_id, name=name)
        if cart.state != "saved":
            await refuse_too_many(deps, aside)
        answer = cart_view(await price_cart(deps, aside), version=cart.version + 1)
        async with deps.db.begin() as tx:
            if await kept_carts.move(tx, aside, "saved", deps.clock.now(), name=name):
                return await once.answer(tx, answer)
    raise Conflict("cart_busy", "this cart is being changed by many at once: try again")
