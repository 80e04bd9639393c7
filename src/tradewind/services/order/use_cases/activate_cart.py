"""A customer takes up a cart that was put aside: it is the active one, and the one before is put aside."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.ports.database import UniqueViolation
from tradewind.services.order.access import check_cart
from tradewind.services.order.deps import Deps
from tradewind.services.order.quoting import cart_view, price_cart
from tradewind.services.order.shapes.carts import Cart
from tradewind.services.order.store import carts, kept_carts
from tradewind.services.order.store.carts import CartRecord, replaced
from tradewind.services.order.use_cases.edit_cart import TRIES, not_open


async def activate_cart(deps: Deps, caller: Principal, cart_id: UUID, once: Once) -> Cart:
    """Said of the active one, it changes nothing. Raises NotFound, Conflict(cart_not_open), Conflict(cart_busy)."""
    assert caller.account_id is not None, "the route's policy lets accounts in alone"
    for _ in range(TRIES):
        cart = check_cart(await carts.load(deps.db, cart_id), caller)
        if not cart.editable:
            raise await not_open(deps, cart)
        active = replaced(cart, state="open", account_id=caller.account_id)
        moves = cart.state == "saved" or cart.account_id is None
        answer = cart_view(await price_cart(deps, active), version=cart.version + moves)
        if await _made_active(deps, active, answer, once, moves=moves):
            return answer
    raise Conflict("cart_busy", "this cart is being changed by many at once: try again")


async def _made_active(deps: Deps, cart: CartRecord, answer: Cart, once: Once, *, moves: bool) -> bool:
    assert cart.account_id is not None, "set by the caller"
    now = deps.clock.now()
    try:
        async with deps.db.begin() as tx:
            if moves:
                await kept_carts.put_active_aside(tx, cart.account_id, now)
                if not await kept_carts.move(tx, cart, "open", now):
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
    """It changed in between: the active one stays."""
