"""What the product service tells the others, and what it hears: who bought what, for what they say of it."""

from __future__ import annotations

from tradewind.contracts.order import OrderCancelled, OrderPlaced
from tradewind.contracts.product import ProductArchived, ProductCreated, ProductUpdated, ReviewPublished
from tradewind.contracts.user import AccountClosed
from tradewind.kernel.service import Subscription
from tradewind.ports.database import Transaction
from tradewind.services.product.deps import Deps
from tradewind.services.product.store import reviews


async def keep_purchase(deps: Deps, tx: Transaction, event: OrderPlaced) -> None:
    """A guest's is nobody's: only accounts write reviews."""
    if event.buyer.account_id is not None:
        bought = sorted({line.product_id for line in event.lines if line.product_id is not None})
        await reviews.keep_purchase(tx, event.order_id, event.buyer.account_id, bought, cancelled=False)


async def drop_purchase(deps: Deps, tx: Transaction, event: OrderCancelled) -> None:
    """Also when the order was not heard of yet."""
    if event.buyer.account_id is not None:
        await reviews.keep_purchase(tx, event.order_id, event.buyer.account_id, [], cancelled=True)


async def forget_author(deps: Deps, tx: Transaction, event: AccountClosed) -> None:
    await reviews.forget_author(tx, event.account_id)


PUBLISHES = (ProductCreated, ProductUpdated, ProductArchived, ReviewPublished)
SUBSCRIPTIONS = (
    Subscription(OrderPlaced, keep_purchase),
    Subscription(OrderCancelled, drop_purchase),
    Subscription(AccountClosed, forget_author),
)
