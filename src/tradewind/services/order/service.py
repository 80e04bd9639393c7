"""The order service: carts, orders from checkout to parcel, and the terms they are sold under."""

from __future__ import annotations

from tradewind.contracts.inventory import Inventory
from tradewind.contracts.order import Orders
from tradewind.contracts.payment import Payment
from tradewind.contracts.product import Product
from tradewind.contracts.user import User
from tradewind.kernel.service import Job, Service, implement
from tradewind.services.order.claim_photo_keeping import delete_claim_photos
from tradewind.services.order.deps import Deps
from tradewind.services.order.events import PUBLISHES, SUBSCRIPTIONS
from tradewind.services.order.issuing import issue_invoices
from tradewind.services.order.jobs import (
    expire_carts,
    resume_cancellations,
    resume_fulfilments,
    resume_payments,
    resume_pending,
    resume_refunds,
    tell_abandoned_carts,
)
from tradewind.services.order.jobs_after_sale import resume_after_sale
from tradewind.services.order.queries.to_ship import to_ship
from tradewind.services.order.routes import ROUTES
from tradewind.services.order.sealed import SEALED
from tradewind.services.order.settings import Settings

SERVICE = Service(
    name="order",
    settings=Settings,
    deps=Deps,
    migrations="tradewind.services.order.migrations",
    routes=ROUTES,
    sealed=SEALED,
    needs=(Product, Inventory, Payment, User),
    provides=implement(Orders, to_ship=to_ship),
    publishes=PUBLISHES,
    subscriptions=SUBSCRIPTIONS,
    jobs=(
        Job(resume_pending, every_seconds=2),
        Job(resume_fulfilments, every_seconds=5),
        Job(resume_cancellations, every_seconds=5),
        Job(resume_refunds, every_seconds=5),
        Job(resume_payments, every_seconds=5),
        Job(resume_after_sale, every_seconds=5),
        Job(tell_abandoned_carts, every_seconds=60),
        Job(expire_carts, every_seconds=3600),
        Job(issue_invoices, every_seconds=5),
        Job(delete_claim_photos, every_seconds=600),
    ),
)
