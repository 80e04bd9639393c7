"""Templates to pages: one environment a language, with what every template may use."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import lucide.jinja
from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup

from tradewind.contracts import amounts
from tradewind.faces.kit import formats
from tradewind.faces.kit.assets import FACES, asset
from tradewind.faces.kit.languages import LANGUAGES, translations

PREFIXES = {"kit": "kit", "shop": "storefront", "admin": "backoffice"}


@cache
def environment(language: str, zone: str) -> Environment:
    loader = PrefixLoader(
        {prefix: FileSystemLoader(FACES / folder / "templates") for prefix, folder in PREFIXES.items()}
    )
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    catalogue = translations(language)
    made.install_gettext_callables(  # type: ignore[attr-defined]
        catalogue.gettext, catalogue.ngettext, newstyle=True, pgettext=catalogue.pgettext
    )
    made.globals.update(icon=icon, asset=asset, language=language, languages=LANGUAGES)
    made.filters.update(_in(language, zone))
    return made


def _in(language: str, zone: str) -> dict[str, Callable[..., str]]:
    """Filters: {{ amount_minor | money(currency) }}, {{ order.created_at | moment }}."""

    def money(amount_minor: int, currency: str) -> str:
        return amounts.money(amount_minor, currency, language)

    def compact_money(amount_minor: int, currency: str) -> str:
        return formats.compact_money(amount_minor, currency, language)

    def number(value: float) -> str:
        return formats.number(value, language)

    def percent(share: float) -> str:
        return formats.percent(share, language)

    def whole_percent(share: float) -> str:
        return formats.whole_percent(share, language)

    def moment(value: str) -> str:
        return formats.moment(value, language, zone)

    def day(value: str) -> str:
        return formats.day(value, language, zone)

    def country(code: str) -> str:
        return formats.country(code, language)

    filters = (money, compact_money, number, percent, whole_percent, moment, day, country)
    return {f.__name__: f for f in filters}


@cache
def icon(name: str) -> Markup:
    """A Lucide icon, as large as the text beside it and silent to screen readers."""
    drawn = lucide.jinja.lucide(name, size=None, **{"class": "i", "aria-hidden": "true"})
    return Markup(drawn)  # noqa: S704 - drawn by the icon library from its own data


def render(template: str, language: str, values: dict[str, Any]) -> bytes:
    zone = values["visit"].settings.time_zone
    return environment(language, zone).get_template(template).render(values).encode()
