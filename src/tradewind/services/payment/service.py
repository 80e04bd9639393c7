"""The payment service: what it has, needs, tells and hears."""

from __future__ import annotations

from tradewind.contracts.payment import Payment
from tradewind.kernel.service import Job, Service, implement
from tradewind.services.payment import events
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.jobs import (
    apply_webhooks,
    close_cancelled,
    drive_spreads,
    find_unsettled,
    forget_saved_methods,
    forget_webhooks,
    release_rests,
    resolve_unknown,
    settle_disputes,
    take_purchases,
    tend_expiring,
)
from tradewind.services.payment.queries import payment_of, payments_of
from tradewind.services.payment.routes import ROUTES
from tradewind.services.payment.sealed import SEALED
from tradewind.services.payment.settings import Settings
from tradewind.services.payment.use_cases.authorise_payment import authorise_payment
from tradewind.services.payment.use_cases.capture_payment import capture_payment
from tradewind.services.payment.use_cases.refund_payment import refund_payment

SERVICE = Service(
    name="payment",
    settings=Settings,
    deps=Deps,
    migrations="tradewind.services.payment.migrations",
    routes=ROUTES,
    sealed=SEALED,
    provides=implement(
        Payment,
        authorise=authorise_payment,
        capture=capture_payment,
        refund=refund_payment,
        payment_of=payment_of,
        payments_of=payments_of,
    ),
    publishes=events.PUBLISHES,
    subscriptions=events.SUBSCRIPTIONS,
    jobs=(
        Job(resolve_unknown, every_seconds=5),
        Job(close_cancelled, every_seconds=5),
        Job(drive_spreads, every_seconds=5),
        Job(take_purchases, every_seconds=5),
        Job(tend_expiring, every_seconds=60),
        Job(release_rests, every_seconds=30),
        Job(settle_disputes, every_seconds=600),
        Job(forget_saved_methods, every_seconds=60),
        Job(forget_webhooks, every_seconds=3600),
        Job(apply_webhooks, every_seconds=30),
        Job(find_unsettled, every_seconds=3600),
    ),
)
