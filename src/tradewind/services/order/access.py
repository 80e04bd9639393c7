"""Who may see and change a cart or an order. What belongs to others does not exist for the caller."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from uuid import UUID

from tradewind.kernel.errors import Conflict, Forbidden, NotFound
from tradewind.kernel.identity import Principal
from tradewind.ports.database import Connection
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.states import State
from tradewind.services.order.settings import Settings
from tradewind.services.order.store import claims, orders
from tradewind.services.order.store.carts import CartRecord
from tradewind.services.order.store.claims import ClaimRecord
from tradewind.services.order.store.orders import OrderRecord


def check_cart(cart: CartRecord | None, caller: Principal) -> CartRecord:
    """A guest's cart is open to whoever knows its id, which cannot be guessed. Raises NotFound."""
    if cart is None or (cart.account_id is not None and cart.account_id != caller.account_id):
        raise NotFound("cart_not_found", "there is no such cart")
    return cart


def order_token(settings: Settings, order_id: UUID) -> str:
    """A guest's key to one order: derived, not stored."""
    key = hashlib.sha256(b"tradewind:order-token:" + settings.secret_key.encode()).digest()
    digest = hmac.new(key, order_id.bytes, hashlib.sha256).digest()
    return urlsafe_b64encode(digest[:18]).decode()


def check_ours(order: OrderRecord) -> None:
    """Raises Conflict(order_imported) for a history's: neither its money nor its stock was ever here."""
    if order.origin == "import":
        raise Conflict("order_imported", "it was paid and sent by another system: settle it there")


async def find_order(
    deps: Deps, order_id: UUID, caller: Principal, token: str | None, permission: str
) -> OrderRecord:
    """The order, for its customer, for who holds a guest order's token, or for staff. Raises NotFound, and
    Forbidden for staff who see it and may not do this."""
    order = await orders.load(deps.db, order_id)
    if (
        order is not None
        and order.state is State.DRAFT
        and order.sent_at is None
        and not caller.may(permission)
    ):
        order = None  # staff are still writing it
    if order is not None and (
        caller.may(permission)
        or (order.account_id is not None and order.account_id == caller.account_id)
        or (
            order.account_id is None
            and token is not None
            and hmac.compare_digest(token.encode(), order_token(deps.settings, order_id).encode())
        )
    ):
        return order
    if order is not None and caller.may("orders:read"):  # staff, who see it
        raise Forbidden("permission_required", f"this needs the permission {permission}")
    raise NotFound("order_not_found", "there is no such order, or its token is missing")


async def find_claim(db: Connection, order: OrderRecord, claim_id: UUID) -> ClaimRecord:
    """Of an order that the caller may see. Raises NotFound."""
    claim = await claims.load(db, claim_id)
    if claim is None or claim.order_id != order.order_id:
        raise NotFound("claim_not_found", "this order has no such claim")
    return claim
