"""What the search service tells, and what it does on what it hears.

It takes no fact from an event: a product of which something is heard is marked, and what it is now is asked
(use_cases/refresh_documents.py). So late, repeated and overtaken events do no harm.
"""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from tradewind.contracts.inventory import StockChanged
from tradewind.contracts.order import OrderPlaced
from tradewind.contracts.product import ProductArchived, ProductCreated, ProductUpdated
from tradewind.contracts.search import SearchHitClicked, SearchPerformed
from tradewind.kernel.service import Subscription
from tradewind.ports.database import Transaction
from tradewind.services.search.deps import Deps
from tradewind.services.search.store import documents, sales


async def on_product_created(deps: Deps, tx: Transaction, event: ProductCreated) -> None:
    await _mark(deps, tx, [event.product_id])


async def on_product_updated(deps: Deps, tx: Transaction, event: ProductUpdated) -> None:
    await _mark(deps, tx, [event.product_id])


async def on_product_archived(deps: Deps, tx: Transaction, event: ProductArchived) -> None:
    await _mark(deps, tx, [event.product_id])


async def on_stock_changed(deps: Deps, tx: Transaction, event: StockChanged) -> None:
    """A SKU that is of no product yet will be asked for together with its product."""
    await _mark(deps, tx, await documents.with_sku(tx, event.sku))


async def on_order_placed(deps: Deps, tx: Transaction, event: OrderPlaced) -> None:
    """What sells is found a little sooner."""
    pieces: Counter[UUID] = Counter()
    for line in event.lines:
        if line.product_id is not None:
            pieces[line.product_id] += line.quantity
    await sales.add(tx, pieces, deps.clock.now().date())


async def _mark(deps: Deps, tx: Transaction, product_ids: list[UUID]) -> None:
    if product_ids:
        await documents.mark(tx, product_ids, deps.clock.now())
        tx.after_commit(deps.something_stale.set)


PUBLISHES = (SearchPerformed, SearchHitClicked)
SUBSCRIPTIONS = (
    Subscription(ProductCreated, on_product_created),
    Subscription(ProductUpdated, on_product_updated),
    Subscription(ProductArchived, on_product_archived),
    Subscription(StockChanged, on_stock_changed),
    Subscription(OrderPlaced, on_order_placed),
)
