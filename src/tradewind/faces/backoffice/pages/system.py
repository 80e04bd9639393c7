"""For those who run the shop: events that could not be taken, and how each service is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.operations import SERVICES, forget_parked, parked_events
from tradewind.faces.backoffice.refusals import by_field
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Visit
from tradewind.kernel.http import Response

EVENTS = "/admin/events"
LATE_SECONDS = 30


async def show_events(visit: Visit, errors: Mapping[str, str] | None = None, status: int = 200) -> Response:
    return await page(visit, "events.html", status, parked=await parked_events(visit), errors=errors or {})


async def replay_event(visit: Visit) -> Response:
    form = await visit.form()
    service = form["service"] if form["service"] in SERVICES else SERVICES[0]
    body = {"event_id": form["event_id"], "subscriber": form["subscriber"]}
    try:
        await visit.api.post(f"/v1/operations/{service}/parked-events/replay", body)
    except ApiProblem as problem:
        return await show_events(visit, by_field(visit, problem), problem.status)
    forget_parked(visit)
    return done(visit, EVENTS, "event_replayed")


async def show_health(visit: Visit) -> Response:
    answers = await visit.api.together(*(_health(visit, service) for service in SERVICES))
    return await page(visit, "health.html", services=dict(zip(SERVICES, answers, strict=True)))


async def _health(visit: Visit, service: str) -> Mapping[str, Any]:
    """With `wrong`: why it is not well, in the platform's words; empty when it is."""
    try:
        found = await visit.api.get(f"/v1/operations/{service}/status")
    except ApiProblem as problem:
        return {"wrong": problem.message or problem.code, "status": None}
    waiting_since = found["outbox_oldest_at"]
    late = 0.0
    if waiting_since:
        late = (datetime.now(UTC) - datetime.fromisoformat(waiting_since)).total_seconds()
    return {"wrong": "", "status": found, "late": late > LATE_SECONDS}
