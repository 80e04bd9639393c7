"""The notification service's table of contents: read first."""

from __future__ import annotations

from tradewind.contracts.user import User
from tradewind.kernel.service import Service
from tradewind.services.notification.deps import Deps
from tradewind.services.notification.events import PUBLISHES, SUBSCRIPTIONS
from tradewind.services.notification.jobs import BACKGROUND, JOBS
from tradewind.services.notification.routes import ROUTES
from tradewind.services.notification.settings import Settings

SERVICE = Service(
    name="notification",
    settings=Settings,
    deps=Deps,
    migrations="tradewind.services.notification.migrations",
    routes=ROUTES,
    needs=(User,),
    publishes=PUBLISHES,
    subscriptions=SUBSCRIPTIONS,
    jobs=JOBS,
    background=BACKGROUND,
)
