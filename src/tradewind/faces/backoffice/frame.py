"""The frame around every page of the back office: who is here, where they may go, and how much work waits there."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from tradewind.faces.backoffice import booked, words
from tradewind.faces.backoffice.notices import take_notice
from tradewind.faces.backoffice.operations import parked_count
from tradewind.faces.backoffice.places import all_places, nearest_of, open_deeds, open_groups, place_of
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Visit
from tradewind.kernel.http import Response

OPEN_ORDERS = ("placed", "partially_fulfilled")
MOST_COUNTED = 50  # returns, and claims, that are to be decided: of more, so many are said


async def page(visit: Visit, template: str, status: int = 200, **values: Any) -> Response:
    """A page in its frame; for htmx, which swaps a part of it, without."""
    frame = {} if visit.is_partial else await _frame(visit)
    reason = partial(booked.in_words, visit.gettext)
    return visit.page(f"admin/{template}", status, frame=frame, word=_word, booked=reason, **values)


def _word(table: str, state: str) -> words.Word:
    return words.word(words.TABLES[table], state)


async def _frame(visit: Visit) -> Mapping[str, Any]:
    me, waiting = await visit.api.together(visit.api.get("/v1/me"), work_waiting(visit))
    groups = open_groups(visit)
    here = place_of(visit, groups)
    return {
        "account": me["account"],
        "groups": groups,
        "places": all_places(groups),
        "here": here,
        "page_below": nearest_of(visit, here.below) if here else None,
        "deeds": open_deeds(visit),
        "waiting": waiting,
        "notice": take_notice(visit),
    }


async def work_waiting(visit: Visit) -> dict[str, int]:
    """By place. A page is shown although a count cannot be had: that is not what its visitor came for."""
    counts: dict[str, int] = {}
    orders, returns, claims, reviews, parked = await visit.api.together(
        _counts(visit, "orders:read", "/v1/orders/counts", held="false"),
        _counts(visit, "orders:read", "/v1/returns", state="requested", limit=MOST_COUNTED),
        _counts(visit, "orders:read", "/v1/claims", state="requested", limit=MOST_COUNTED),
        _counts(visit, "reviews:write", "/v1/reviews/counts"),
        parked_count(visit),
    )
    by_state = orders.get("states", {})
    counts["orders"] = sum(by_state.get(state, 0) for state in OPEN_ORDERS)
    counts["returns"] = len(returns.get("items", ())) + len(claims.get("items", ()))
    counts["reviews"] = reviews.get("pending", 0)
    counts["events"] = parked
    return counts


async def _counts(visit: Visit, permission: str, path: str, **query: Any) -> Mapping[str, Any]:
    if not visit.may(permission):
        return {}
    try:
        return dict(await visit.api.get(path, **query))
    except ApiProblem as problem:
        if problem.status not in (404, 503):
            raise
        return {}
