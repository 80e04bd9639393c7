"""Reports: sales over time, by what and whom; what is looked at, left behind, and how far shoppers come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tradewind.faces.backoffice import figures, reporting, spans
from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.refusals import by_field
from tradewind.faces.kit import charts, formats
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Visit
from tradewind.kernel.errors import NotFound
from tradewind.kernel.http import Header, Response

ROWS = 50
CSV: Header = (b"content-type", b"text/csv; charset=utf-8")


@dataclass(frozen=True, slots=True)
class Report:
    """`shape` is how it is shown: sales, items, counts, carts or funnel."""

    name: str
    title: str
    shape: str
    first_column: str = ""


REPORTS = {
    report.name: report
    for report in (
        Report("sales", marked("Sales"), "sales"),
        Report("products", marked("Products"), "items", marked("Product")),
        Report("categories", marked("Categories"), "items", marked("Category")),
        Report("countries", marked("Countries"), "items", marked("Country")),
        Report("customers", marked("Customers"), "items", marked("Customer")),
        Report("most-viewed", marked("Most viewed"), "counts", marked("Product")),
        Report("most-purchased", marked("Most bought"), "counts", marked("Product")),
        Report("abandoned-carts", marked("Carts left behind"), "carts"),
        Report("funnel", marked("From view to purchase"), "funnel"),
    )
}
STEPS = {
    "Product Viewed": marked("Looked at a product"),
    "Product Added": marked("Put one into the cart"),
    "Checkout Started": marked("Began to check out"),
    "Order Completed": marked("Bought"),
}


async def show_sales(visit: Visit) -> Response:
    return await _show(visit, REPORTS["sales"])


async def show_report(visit: Visit) -> Response:
    return await _show(visit, _named(visit))


def _named(visit: Visit) -> Report:
    report = REPORTS.get(visit.parameter("name"))
    if report is None:
        raise NotFound("report_not_found", "there is no such report")
    return report


async def _show(visit: Visit, report: Report) -> Response:
    span = spans.chosen(visit)
    errors: dict[str, str] = {}
    answer: Mapping[str, Any] | None = None
    try:
        answer = await reporting.report(visit, report.name, **_asked(visit, report, span))
    except ApiProblem as problem:
        errors = by_field(visit, problem)
    return await page(
        visit,
        "reports.html",
        report=report,
        reports=REPORTS,
        span=span,
        choices=spans.CHOICES,
        intervals=spans.INTERVALS,
        currency=_currency(visit),
        answer=answer,
        errors=errors,
        steps=STEPS,
        **_drawn(visit, report, answer),
    )


def _asked(visit: Visit, report: Report, span: spans.Span) -> dict[str, Any]:
    asked: dict[str, Any] = {**span.asked}
    if report.shape != "funnel":
        asked["currency"] = _currency(visit)
    if report.shape == "sales":
        asked |= {"interval": span.interval, "compare": "previous"}
    elif report.shape == "items":
        asked |= {"limit": ROWS, "compare": "previous"}
    elif report.shape in ("counts", "carts"):
        asked["limit"] = ROWS
    return asked


def _currency(visit: Visit) -> str:
    asked = visit.query["currency"]
    return asked if len(asked) == 3 and asked.isalpha() and asked.isupper() else visit.settings.currency


def _drawn(visit: Visit, report: Report, answer: Mapping[str, Any] | None) -> dict[str, Any]:
    """The picture of a report, where its shape has one."""
    drawn: dict[str, Any] = {"tiles": [], "chart": None, "bars": []}
    if answer is None:
        return drawn
    if report.shape == "sales":
        drawn["tiles"] = figures.tiles(visit, answer)
        drawn["chart"] = figures.sales_chart(visit, answer, visit.gettext("Net sales"))
    elif report.shape == "items":
        drawn["bars"] = figures.bars(visit, answer, 10)
    elif report.shape == "counts":
        drawn["bars"] = charts.bars(
            [(item["title"], item["count"]) for item in answer["items"][:10]],
            lambda count: formats.number(count, visit.language),
        )
    elif report.shape == "funnel":
        steps = [
            (visit.gettext(STEPS.get(step["event"], step["name"])), step["people"])
            for step in answer["steps"]
        ]
        drawn["bars"] = charts.bars(steps, lambda people: formats.number(people, visit.language))
    return drawn


async def download_report(visit: Visit) -> Response:
    """The report as CSV, over the same days."""
    report = _named(visit)
    query = {**_asked(visit, report, spans.chosen(visit)), "format": "csv"}
    if "limit" in query:
        query["limit"] = 1000
    answer = await visit.api.exchange("GET", f"/v1/reports/{report.name}", query=query)
    if answer.status != 200:
        raise ApiProblem(answer.status, {"code": "report_failed"})
    name = f"{report.name}-{query['from']}-{query['to']}.csv"
    disposition = (b"content-disposition", f'attachment; filename="{name}"'.encode())
    return visit.answer(Response(200, answer.body, [CSV, disposition, (b"cache-control", b"no-store")]))
