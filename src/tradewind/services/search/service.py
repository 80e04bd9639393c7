"""The search service: finds products, and knows what is searched for."""

from __future__ import annotations

from tradewind.contracts.inventory import Inventory
from tradewind.contracts.product import Product
from tradewind.kernel.service import Service
from tradewind.services.search.deps import Deps
from tradewind.services.search.events import PUBLISHES, SUBSCRIPTIONS
from tradewind.services.search.jobs import BACKGROUND, JOBS
from tradewind.services.search.routes import ROUTES
from tradewind.services.search.settings import Settings
from tradewind.services.search.use_cases.catch_up import open_index

SERVICE = Service(
    name="search",
    settings=Settings,
    deps=Deps,
    migrations="tradewind.services.search.migrations",
    routes=ROUTES,
    needs=(Product, Inventory),
    publishes=PUBLISHES,
    subscriptions=SUBSCRIPTIONS,
    jobs=JOBS,
    health=open_index,
    background=BACKGROUND,
)
