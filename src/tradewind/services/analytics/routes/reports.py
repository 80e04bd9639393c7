"""Where reports are asked for, as JSON or as CSV."""

from __future__ import annotations

from typing import Any

from tradewind.kernel.errors import Invalid, Unavailable
from tradewind.kernel.http import Answer, Call, Route, permission
from tradewind.services.analytics.countries import country_name
from tradewind.services.analytics.csv_text import csv_of
from tradewind.services.analytics.deps import Deps
from tradewind.services.analytics.queries import behaviour, sales, status
from tradewind.services.analytics.shapes import (
    AbandonedItem,
    AbandonedReport,
    ByQuery,
    CountedProduct,
    CountsReport,
    EventItem,
    EventsReport,
    FunnelQuery,
    FunnelReport,
    FunnelStep,
    ItemsReport,
    Period,
    PlainQuery,
    ProductsQuery,
    RebuildStarted,
    ReportItem,
    ReportsStatus,
    SalesQuery,
    SalesReport,
)
from tradewind.services.analytics.use_cases.compare_store import compare_store

READ = permission("reports:read")
CSV = "text/csv; charset=utf-8; header=present"
UNKNOWN = "(not known)"
_EXACT = ("gross", "refunds", "net")


def _answer(report: Any, items: Any, shape: type, asked: str, name: str) -> Any:
    """The report, or its rows as a file to be saved."""
    if asked == "json":
        return report
    disposition = (b"content-disposition", f'attachment; filename="{name}.csv"'.encode())
    return Answer(csv_of(items, shape, _EXACT), headers=(disposition,), media_type=CSV)


async def get_sales(deps: Deps, call: Call[None, SalesQuery]) -> SalesReport:
    report = await sales.sales_report(deps, call.query)
    found: SalesReport = _answer(report, report.periods, Period, call.query.format, "sales")
    return found


async def get_products(deps: Deps, call: Call[None, ProductsQuery]) -> ItemsReport:
    report = await sales.items_report(deps, call.query, call.query.by, lambda key, label: label or key)
    found: ItemsReport = _answer(report, report.items, ReportItem, call.query.format, "products")
    return found


async def get_categories(deps: Deps, call: Call[None, ByQuery]) -> ItemsReport:
    report = await sales.items_report(deps, call.query, "category", lambda key, _: key or UNKNOWN)
    found: ItemsReport = _answer(report, report.items, ReportItem, call.query.format, "categories")
    return found


async def get_countries(deps: Deps, call: Call[None, ByQuery]) -> ItemsReport:
    report = await sales.items_report(
        deps, call.query, "country", lambda key, _: country_name(key) or UNKNOWN
    )
    found: ItemsReport = _answer(report, report.items, ReportItem, call.query.format, "countries")
    return found


async def get_customers(deps: Deps, call: Call[None, ByQuery]) -> ItemsReport:
    """Who may not see customers is told how many there are and what they buy, and not who they are."""
    known = call.principal.may("customers:read")
    report = await sales.items_report(
        deps, call.query, "customer", lambda key, label: (label or key or UNKNOWN) if known else _masked(key)
    )
    if not known:
        report = sales.without_keys(report)
    found: ItemsReport = _answer(report, report.items, ReportItem, call.query.format, "customers")
    return found


def _masked(key: str) -> str:
    return "(customer)" if key else UNKNOWN


async def get_most_viewed(deps: Deps, call: Call[None, PlainQuery]) -> CountsReport:
    report = await behaviour.most_viewed(deps, call.query)
    found: CountsReport = _answer(report, report.items, CountedProduct, call.query.format, "most-viewed")
    return found


async def get_most_purchased(deps: Deps, call: Call[None, PlainQuery]) -> CountsReport:
    report = await behaviour.most_purchased(deps, call.query)
    found: CountsReport = _answer(report, report.items, CountedProduct, call.query.format, "most-purchased")
    return found


async def get_abandoned_carts(deps: Deps, call: Call[None, PlainQuery]) -> AbandonedReport:
    with_email = call.principal.may("customers:read")
    report = await behaviour.abandoned_carts(deps, call.query, with_email=with_email)
    found: AbandonedReport = _answer(
        report, report.items, AbandonedItem, call.query.format, "abandoned-carts"
    )
    return found


async def get_funnel(deps: Deps, call: Call[None, FunnelQuery]) -> FunnelReport:
    report = await behaviour.funnel(deps, call.query)
    found: FunnelReport = _answer(report, report.steps, FunnelStep, call.query.format, "funnel")
    return found


async def get_events(deps: Deps, call: Call[None, PlainQuery]) -> EventsReport:
    report = await behaviour.event_counts(deps, call.query)
    found: EventsReport = _answer(report, report.items, EventItem, call.query.format, "events")
    return found


async def get_status(deps: Deps, call: Call[None, None]) -> ReportsStatus:
    return await status.reports_status(deps)


async def post_check(deps: Deps, call: Call[None, None]) -> RebuildStarted:
    return await compare_store(deps, "check", call.once)


async def post_rebuild(deps: Deps, call: Call[None, None]) -> RebuildStarted:
    return await compare_store(deps, "rebuild", call.once)


_TIME_ERRORS = (
    (Invalid, "timezone_unknown"),
    (Invalid, "range_empty"),
    (Invalid, "currency_unknown"),
    (Unavailable, "reports_unavailable"),
)


def _report(path: str, handler: Any, summary: str, answer: type, query: type, *errors: str) -> Route:
    return Route(
        "GET",
        f"/v1/reports/{path}",
        handler,
        READ,
        summary,
        answer=answer,
        query=query,
        errors=(*_TIME_ERRORS, *((Invalid, code) for code in errors)),
        also=(CSV,),
        cost=2,
    )


REPORT_ROUTES = (
    _report(
        "sales",
        get_sales,
        "Sales by day, week or month: gross, refunds, net, orders, units, average order",
        SalesReport,
        SalesQuery,
        "too_many_periods",
    ),
    _report("products", get_products, "Sales by product or SKU", ItemsReport, ProductsQuery),
    _report("categories", get_categories, "Sales by category", ItemsReport, ByQuery),
    _report("countries", get_countries, "Sales by country", ItemsReport, ByQuery),
    _report("customers", get_customers, "Sales by customer", ItemsReport, ByQuery),
    _report("most-viewed", get_most_viewed, "Products by how often they were seen", CountsReport, PlainQuery),
    _report("most-purchased", get_most_purchased, "Products by pieces sold", CountsReport, PlainQuery),
    _report(
        "abandoned-carts",
        get_abandoned_carts,
        "Carts left behind, and their value",
        AbandonedReport,
        PlainQuery,
    ),
    _report("funnel", get_funnel, "How many people came from view to purchase", FunnelReport, FunnelQuery),
    _report("events", get_events, "Events by name: what came in, and when last", EventsReport, PlainQuery),
    Route(
        "GET",
        "/v1/reports/status",
        get_status,
        READ,
        "What reports do not show yet, and how they were last found to agree with the database",
        answer=ReportsStatus,
    ),
    Route(
        "POST",
        "/v1/reports/check",
        post_check,
        permission("operations:write"),
        "Compare what reports see with what the database makes of it anew",
        answer=RebuildStarted,
        status=202,
        cost=10,
    ),
    Route(
        "POST",
        "/v1/reports/rebuild",
        post_rebuild,
        permission("operations:write"),
        "Make what reports see anew out of the database",
        answer=RebuildStarted,
        status=202,
        cost=10,
    ),
)
