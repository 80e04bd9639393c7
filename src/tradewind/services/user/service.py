"""The user service: accounts, sessions, API keys, roles and addresses. Who a credential belongs to."""

from __future__ import annotations

from tradewind.contracts.user import User
from tradewind.kernel.service import Job, Service, implement
from tradewind.services.user import queries
from tradewind.services.user.deps import Deps
from tradewind.services.user.events import PUBLISHES, SUBSCRIPTIONS
from tradewind.services.user.jobs import forget_expired
from tradewind.services.user.routes import ROUTES
from tradewind.services.user.settings import Settings
from tradewind.services.user.use_cases.authenticate_credential import authenticate_credential

SERVICE = Service(
    name="user",
    settings=Settings,
    deps=Deps,
    migrations="tradewind.services.user.migrations",
    routes=ROUTES,
    provides=implement(User, authenticate=authenticate_credential, account=queries.account),
    publishes=PUBLISHES,
    subscriptions=SUBSCRIPTIONS,
    jobs=(Job(forget_expired, every_seconds=600),),
)
