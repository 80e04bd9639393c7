"""The frame around every page of the back office: who is here, where they may go, and how much work waits there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tradewind.faces.backoffice import words
from tradewind.faces.backoffice.notices import take_notice
from tradewind.faces.backoffice.operations import parked_count
from tradewind.faces.backoffice.places import open_deeds, open_groups
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Visit
from tradewind.kernel.http import Response

OPEN_ORDERS = ("placed", "partially_fulfilled")


async def page(visit: Visit, template: str, status: int = 200, **values: Any) -> Response:
    """A page in its frame; for htmx, which swaps a part of it, without."""
    frame = {} if visit.is_partial else await _frame(visit)
    return visit.page(f"admin/{template}", status, frame=frame, word=_word, **values)


def _word(table: str, state: str) -> words.Word:
    return words.word(words.TABLES[table], state)


async def _frame(visit: Visit) -> Mapping[str, Any]:
    me, waiting = await visit.api.together(visit.api.get("/v1/me"), work_waiting(visit))
    return {
        "account": me["account"],
        "groups": open_groups(visit),
        "deeds": open_deeds(visit),
        "waiting": waiting,
        "notice": take_notice(visit),
    }


async def work_waiting(visit: Visit) -> dict[str, int]:
    """By place. A page is shown although a count cannot be had: that is not what its visitor came for."""
    counts: dict[str, int] = {}
    orders, reviews, parked = await visit.api.together(
        _counts(visit, "orders:read", "/v1/orders/counts"),
        _counts(visit, "reviews:write", "/v1/reviews/counts"),
        parked_count(visit),
    )
    by_state = orders.get("states", {})
    counts["orders"] = sum(by_state.get(state, 0) for state in OPEN_ORDERS)
    counts["reviews"] = reviews.get("pending", 0)
    counts["events"] = parked
    return counts


async def _counts(visit: Visit, permission: str, path: str) -> Mapping[str, Any]:
    if not visit.may(permission):
        return {}
    try:
        return dict(await visit.api.get(path))
    except ApiProblem as problem:
        if problem.status not in (404, 503):
            raise
        return {}
