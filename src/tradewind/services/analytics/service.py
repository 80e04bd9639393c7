"""The analytics service's table of contents: read first."""

from __future__ import annotations

from tradewind.kernel.service import Service
from tradewind.services.analytics.deps import Deps
from tradewind.services.analytics.events import PUBLISHES, SUBSCRIPTIONS
from tradewind.services.analytics.loading import keep_loading
from tradewind.services.analytics.routes import ROUTES
from tradewind.services.analytics.settings import Settings
from tradewind.services.analytics.starting import claim_store

SERVICE = Service(
    name="analytics",
    settings=Settings,
    deps=Deps,
    migrations="tradewind.services.analytics.migrations",
    routes=ROUTES,
    publishes=PUBLISHES,
    subscriptions=SUBSCRIPTIONS,
    claim=claim_store,
    background=(keep_loading,),
)
