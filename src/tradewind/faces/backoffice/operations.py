"""What those who run the shop look at: events that could not be taken, and how each service is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tradewind.faces.kit.visit import Visit

SERVICES = ("user", "product", "inventory", "order", "payment", "search", "notification", "analytics")
KEPT_SECONDS = 10.0
PARKED = "backoffice.parked"


async def parked_events(visit: Visit) -> dict[str, list[Mapping[str, Any]]]:
    """By service, those that have some or none; a service that does not answer has the key all the same."""
    answers = await visit.api.together(
        *(visit.api.find(f"/v1/operations/{service}/parked-events") for service in SERVICES)
    )
    return {
        service: list(answer["items"]) if answer else []
        for service, answer in zip(SERVICES, answers, strict=True)
    }


async def parked_count(visit: Visit) -> int:
    """As of a few seconds ago: every page of an administrator shows it."""
    if not visit.may("operations:write"):
        return 0

    async def count() -> int:
        return sum(len(events) for events in (await parked_events(visit)).values())

    return int(await visit.kept.get(PARKED, KEPT_SECONDS, count))


def forget_parked(visit: Visit) -> None:
    """What was counted is changed by this visit."""
    visit.kept.forget(PARKED)
