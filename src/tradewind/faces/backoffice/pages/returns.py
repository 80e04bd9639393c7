"""The list of returns and claims: what waits to be decided, received, refunded, sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tradewind.faces.backoffice.frame import page
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Visit
from tradewind.kernel.http import Response


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    title: str
    returns: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()


TABS = (
    Tab("", marked("To decide"), ("requested",), ("requested",)),
    Tab(
        "coming",
        marked("On the way"),
        ("approved", "partially_received"),
        ("accepted", "reserved", "shipping"),
    ),
    Tab("received", marked("To refund"), ("received",), ()),
    Tab(
        "ended",
        marked("Done"),
        ("refunded", "closed", "refused", "cancelled"),
        ("settled", "refused", "cancelled"),
    ),
)


async def show_returns(visit: Visit) -> Response:
    tab = next((tab for tab in TABS if tab.name == visit.query["tab"]), TABS[0])
    cursor = visit.query["cursor"] or None
    found = await visit.api.get("/v1/returns", state=tab.returns, limit=25, cursor=cursor)
    claims: Mapping[str, Any] = {"items": []}
    if tab.claims and cursor is None:
        claims = await visit.api.get("/v1/claims", state=tab.claims, limit=25)
    return await page(
        visit, "returns.html", tabs=TABS, tab=tab, returns=found, claims=claims["items"], filtered=tab.name
    )
