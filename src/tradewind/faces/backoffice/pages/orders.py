"""The list of orders: found by tab, words and days; those that are chosen can be shipped at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tradewind.faces.backoffice.frame import OPEN_ORDERS, page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import by_field
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Visit
from tradewind.kernel.http import Response

LIST = "/admin/orders"
MOST_AT_ONCE = 50
SORTS = {
    "newest": marked("Newest first"),
    "oldest": marked("Oldest first"),
    "-total": marked("Highest total first"),
    "total": marked("Lowest total first"),
}


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    title: str
    states: tuple[str, ...] = ()
    held: bool | None = None
    origin: str | None = None

    @property
    def counted(self) -> bool:
        """The counts are by state: of the others none is shown."""
        return not self.held and self.origin is None


TABS = (
    Tab("", marked("All")),
    Tab("open", marked("To ship"), OPEN_ORDERS, held=False),
    Tab("draft", marked("Drafts"), ("draft",)),
    Tab("held", marked("Held"), held=True),
    Tab("payment", marked("Payment open"), ("pending", "action_required", "payment_failed")),
    Tab("shipped", marked("Shipped"), ("fulfilled",)),
    Tab("returned", marked("Returned"), ("partially_returned", "returned")),
    Tab("cancelled", marked("Cancelled"), ("cancelled", "expired")),
    Tab("imported", marked("Imported"), origin="import"),
)


async def show_orders(visit: Visit) -> Response:
    asked = visit.query
    tab = next((tab for tab in TABS if tab.name == asked["tab"]), TABS[0])
    found = {
        "q": asked["q"] or None,
        "from": asked["from"] or None,
        "to": asked["to"] or None,
        "timezone": visit.settings.time_zone,
    }
    sort = asked["sort"] if asked["sort"] in SORTS else "newest"
    errors: dict[str, str] = {}
    orders: Mapping[str, Any] = {"items": [], "next": None}
    counts: Mapping[str, Any] = {"total": 0, "states": {}}
    going_on = counts  # those that nobody holds
    try:
        orders, counts, going_on = await visit.api.together(
            visit.api.get(
                "/v1/orders",
                **found,
                state=tab.states or None,
                held=None if tab.held is None else str(tab.held).lower(),
                origin=tab.origin,
                sort=sort,
                limit=25,
                cursor=asked["cursor"] or None,
            ),
            visit.api.get("/v1/orders/counts", **found),
            visit.api.get("/v1/orders/counts", **found, held="false"),
        )
    except ApiProblem as problem:
        errors = by_field(visit, problem, ("from", "to", "q"))
    return await page(
        visit,
        "orders.html",
        orders=orders,
        tabs=[(one, _count(one, counts if one.held is None else going_on)) for one in TABS],
        tab=tab,
        sort=sort,
        sorts=SORTS,
        errors=errors,
        filtered=any(asked[name] for name in ("q", "from", "to")),
    )


def _count(tab: Tab, counts: Mapping[str, Any]) -> int | None:
    if not tab.counted:
        return None
    if not tab.states:
        return int(counts["total"])
    return sum(int(counts["states"].get(state, 0)) for state in tab.states)


async def ship_orders(visit: Visit) -> Response:
    """All that is left of each chosen order. What cannot be shipped stays in the list."""
    form = await visit.form()
    left = 0
    for order_id in form.all("order")[:MOST_AT_ONCE]:
        try:
            await visit.api.post(f"/v1/orders/{order_id}/fulfilments", {}, key=f"{form['key']}:{order_id}")
        except ApiProblem as problem:
            if problem.status >= 500:
                raise
            left += 1
    url = visit.own_path(form["back"], LIST)
    return done(visit, url, "orders_partly_shipped" if left else "orders_shipped")
