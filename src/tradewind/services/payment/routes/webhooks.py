"""Webhooks that came in, over HTTP: those that are parked are seen and replayed."""

from __future__ import annotations

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import Call, Route, permission
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.shapes.webhooks import WebhookShown, WebhooksQuery
from tradewind.services.payment.store import webhooks
from tradewind.services.payment.use_cases.replay_webhook import replay_webhook


async def get_received_webhooks(deps: Deps, call: Call[None, WebhooksQuery]) -> Page[WebhookShown]:
    return await webhooks.listed(deps.db, call.query)


async def post_webhook_replay(deps: Deps, call: Call[None, None]) -> WebhookShown:
    return await replay_webhook(deps, call.uuid("received_webhook_id"), call.once)


WEBHOOK_ROUTES = (
    Route(
        "GET",
        "/v1/received-webhooks",
        get_received_webhooks,
        permission("payments:read"),
        "Webhooks of processors, newest first, and what came of them",
        answer=Page[WebhookShown],
        query=WebhooksQuery,
        errors=((Invalid, "cursor_invalid"),),
    ),
    Route(
        "POST",
        "/v1/received-webhooks/{received_webhook_id}/replay",
        post_webhook_replay,
        permission("payments:write"),
        "Look at a parked webhook again; it is parked anew where it still does not fit",
        answer=WebhookShown,
        errors=((NotFound, "received_webhook_not_found"), (Conflict, "webhook_not_parked")),
    ),
)
