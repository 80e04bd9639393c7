"""The product service: what is sold, and for how much."""

from __future__ import annotations

from tradewind.contracts.inventory import Inventory
from tradewind.contracts.product import Product
from tradewind.contracts.user import User
from tradewind.kernel.service import Service, implement
from tradewind.services.product.deps import Deps
from tradewind.services.product.documents import documents, documents_after
from tradewind.services.product.events import PUBLISHES, SUBSCRIPTIONS
from tradewind.services.product.queries import offers
from tradewind.services.product.routes import ROUTES
from tradewind.services.product.settings import Settings

SERVICE = Service(
    name="product",
    settings=Settings,
    deps=Deps,
    migrations="tradewind.services.product.migrations",
    routes=ROUTES,
    needs=(Inventory, User),
    provides=implement(Product, offers=offers, documents=documents, documents_after=documents_after),
    publishes=PUBLISHES,
    subscriptions=SUBSCRIPTIONS,
)
