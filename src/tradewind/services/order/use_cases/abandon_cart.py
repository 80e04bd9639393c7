"""Nobody touched a cart for a while: those who remind shoppers, and who count, are told."""

from __future__ import annotations

from uuid import UUID

from tradewind.contracts.common import Money
from tradewind.contracts.order import CartAbandoned, OrderedLine
from tradewind.contracts.user import Account
from tradewind.services.order.deps import Deps
from tradewind.services.order.quoting import Priced, price_cart
from tradewind.services.order.store import carts


async def abandon_cart(deps: Deps, cart_id: UUID) -> bool:
    """Whether it was told. A cart of which nothing is sold any more is looked at once, and not told."""
    cart = await carts.load(deps.db, cart_id)
    if cart is None or cart.state != "open":
        return False
    priced = await price_cart(deps, cart)
    email = cart.email
    if email is None and cart.account_id is not None:
        account = await deps.user.account(cart.account_id)
        email = account.email if isinstance(account, Account) else None
    async with deps.db.begin() as tx:
        if not await carts.tell_abandoned(tx, cart) or not priced.items:
            return False
        await deps.outbox.append(tx, _event(priced, email))
    return True


def _event(priced: Priced, email: str | None) -> CartAbandoned:
    cart, totals = priced.cart, priced.quote.totals
    lines = []
    for item, line in zip(priced.items, priced.quote.lines, strict=True):
        offer = priced.offers[item.sku]
        lines.append(
            OrderedLine(
                item.sku,
                offer.product_id,
                offer.title,
                item.quantity,
                offer.price_minor,
                line.total_minor,
                offer.category,
                offer.image_url,
            )
        )
    value = Money(totals.subtotal_minor - totals.discount_minor, cart.currency)
    return CartAbandoned(cart.cart_id, cart.account_id, email, value, lines)
