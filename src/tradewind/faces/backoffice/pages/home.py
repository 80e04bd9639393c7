"""Home: what needs somebody, how sales go, and orders as they come in."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tradewind.faces.backoffice import figures, reporting, spans
from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.operations import parked_count
from tradewind.faces.kit import formats
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Visit
from tradewind.kernel.http import Response

WORK = (
    "to_fulfil",
    "held",
    "awaiting_transfer",
    "payment_failed",
    "pending_too_long",
    "parcels_too_long",
    "refunds_failed",
)
LOW_STOCK = 10
MOST_COUNTED = 100  # of what is listed to be counted: of more, so many are said
TOP = 7
LATEST = 7
GREETINGS = ((5, marked("Good night")), (12, marked("Good morning")), (18, marked("Good afternoon")))
EVENING = marked("Good evening")


async def show_home(visit: Visit) -> Response:
    span = spans.chosen(visit)
    (
        sales,
        products,
        countries,
        orders,
        attention,
        disputes,
        collected,
        stock,
        reviews,
        mails,
        parked,
    ) = await visit.api.together(
        _report(visit, "sales", **span.asked, interval=span.interval, compare="previous"),
        _report(visit, "products", **span.asked, limit=TOP),
        _report(visit, "countries", **span.asked, limit=TOP),
        _asked(visit, "orders:read", "/v1/orders", limit=LATEST),
        _asked(visit, "orders:read", "/v1/orders/attention"),
        _asked(visit, "payments:read", "/v1/disputes", state="needs_response", limit=MOST_COUNTED),
        _asked(
            visit,
            "payments:read",
            "/v1/payments",
            awaited="true",
            method="cash_on_delivery",
            limit=MOST_COUNTED,
        ),
        _asked(visit, "inventory:read", "/v1/stock/counts", low_below=LOW_STOCK),
        _asked(visit, "reviews:write", "/v1/reviews/counts"),
        _asked(visit, "messages:read", "/v1/messages", state="failed", limit=100),
        parked_count(visit),
    )
    return await page(
        visit,
        "home.html",
        greeting=_greeting(visit.settings.time_zone),
        span=span,
        choices=spans.CHOICES,
        tiles=figures.tiles(visit, sales) if sales else [],
        chart=figures.sales_chart(visit, sales, visit.gettext("Net sales")) if sales else None,
        top=figures.bars(visit, products, TOP) if products else [],
        countries=figures.shares(visit, countries) if countries else [],
        sold=formats.compact_money(countries["totals"]["net_minor"], countries["currency"], visit.language)
        if countries
        else "",
        made_up=bool(sales and sales["demo"]),
        orders=orders,
        attention={name: int((attention or {}).get(name, 0)) for name in WORK},
        disputes=len(disputes["items"]) if disputes else 0,
        answer_until=_first_due(disputes),
        to_collect=len(collected["items"]) if collected else 0,
        stock={name: (stock or {}).get(name, 0) for name in ("low", "out")},
        low_below=LOW_STOCK,
        reviews_pending=(reviews or {}).get("pending", 0),
        failed_mails=len(mails["items"]) if mails else 0,
        parked=parked,
    )


def _first_due(disputes: Mapping[str, Any] | None) -> str:
    """Until when the first of them is to be answered; empty where none says."""
    days = [it["evidence_due_at"] for it in disputes["items"] if it["evidence_due_at"]] if disputes else []
    return min(days, default="")


async def _asked(visit: Visit, permission: str, path: str, **query: Any) -> Mapping[str, Any] | None:
    return await _or_none(visit, permission, visit.api.get(path, **query))


async def _report(visit: Visit, name: str, **query: Any) -> Mapping[str, Any] | None:
    asked = reporting.report(visit, name, **query, currency=visit.settings.currency)
    return await _or_none(visit, "reports:read", asked)


async def _or_none(
    visit: Visit, permission: str, asked: Coroutine[Any, Any, Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """None for who may not see it, and while its service does not answer: the rest of the page is of use."""
    if not visit.may(permission):
        asked.close()
        return None
    try:
        return await asked
    except ApiProblem as problem:
        if problem.status not in (404, 503):
            raise
        return None


def _greeting(zone: str) -> str:
    hour = datetime.now(ZoneInfo(zone)).hour
    return next((words for until, words in GREETINGS if hour < until), EVENING)
