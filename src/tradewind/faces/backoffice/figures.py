"""Reports of sales as tiles and charts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel import dates

from tradewind.contracts import amounts
from tradewind.contracts.currencies import DIGITS
from tradewind.faces.kit import charts, formats
from tradewind.faces.kit.visit import Visit
from tradewind.kernel.languages import locale


@dataclass(frozen=True, slots=True)
class Tile:
    """`before` is the figure of the period before; None where there is none to compare with."""

    title: str
    text: str
    value: int
    before: int | None
    course: str


def tiles(visit: Visit, report: Mapping[str, Any]) -> list[Tile]:
    currency = report["currency"]

    def money(amount_minor: int) -> str:
        return amounts.money(amount_minor, currency, visit.language)

    def number(value: int) -> str:
        return formats.number(value, visit.language)

    previous = (report["previous"] or {}).get("totals")
    shown = (
        ("net_minor", visit.gettext("Net sales"), money),
        ("orders", visit.gettext("Orders"), number),
        ("average_order_minor", visit.gettext("Average order"), money),
        ("units", visit.gettext("Pieces sold"), number),
    )
    return [
        Tile(
            title,
            show(report["totals"][name]),
            report["totals"][name],
            previous[name] if previous else None,
            charts.spark_path([period[name] for period in report["periods"]]),
        )
        for name, title, show in shown
    ]


def sales_chart(visit: Visit, report: Mapping[str, Any], title: str) -> charts.AreaChart:
    """Net sales by period, with the period before."""
    currency, periods = report["currency"], report["periods"]
    values = [period["net_minor"] for period in periods]
    previous = report["previous"]
    before = [period["net_minor"] for period in previous["periods"]] if previous else None

    def show(amount_minor: int) -> str:
        return amounts.money(amount_minor, currency, visit.language)

    def short(amount_minor: int) -> str:
        return formats.compact_money(amount_minor, currency, visit.language)

    labels = [_label(period, report, visit.language) for period in periods]
    highest = max(range(len(values)), key=values.__getitem__, default=0)
    summary = (
        visit.gettext(
            "%(total)s in all; the most, %(most)s, on %(day)s",
            total=show(report["totals"]["net_minor"]),
            most=show(values[highest]),
            day=labels[highest],
        )
        if values
        else visit.gettext("Nothing was sold.")
    )
    names = (visit.gettext("This period"), visit.gettext("Before"))
    return charts.area_chart(
        title,
        labels,
        values,
        before,
        show=show,
        show_tick=short,
        names=names,
        summary=summary,
        least=4 * 10 ** DIGITS[currency],
    )


def _label(period: Mapping[str, Any], report: Mapping[str, Any], language: str) -> str:
    start = datetime.fromisoformat(period["start"]).astimezone(ZoneInfo(report["timezone"]))
    if report["interval"] == "month":
        return str(dates.format_skeleton("yMMM", start, locale=locale(language)))
    return str(dates.format_skeleton("MMMd", start, locale=locale(language)))


def bars(visit: Visit, report: Mapping[str, Any], most: int = 7) -> list[charts.Bar]:
    currency = report["currency"]
    items = [item for item in report["items"] if item["net_minor"] > 0][:most]
    return charts.bars(
        [(item["label"], item["net_minor"]) for item in items],
        lambda amount_minor: amounts.money(amount_minor, currency, visit.language),
        [f"/admin/products/{item['product_id']}" if item.get("product_id") else "" for item in items],
    )


def shares(visit: Visit, report: Mapping[str, Any], most: int = 4) -> list[charts.Slice]:
    """The largest of a report's items, and all others together, as parts of the whole."""
    currency = report["currency"]
    items = [(item["label"], item["net_minor"]) for item in report["items"] if item["net_minor"] > 0]
    rest = sum(value for _, value in items[most:]) + max(report["others"]["net_minor"], 0)
    if rest:
        items = [*items[:most], (visit.gettext("All others"), rest)]
    return charts.donut(items, lambda amount: formats.compact_money(amount, currency, visit.language))
