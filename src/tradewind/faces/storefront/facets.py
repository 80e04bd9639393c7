"""The filters beside a list, and those that are set, each with the address that takes it away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec

from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Visit
from tradewind.faces.storefront.facts import NAMES

TITLES = {
    "category": marked("Category"),
    "brand": marked("Maker"),
    "price": marked("Price"),
    "rating": marked("Rating"),
    "availability": marked("Availability"),
    "attr.Colour": marked("Colour"),
    "attr.Size": marked("Size"),
    "attr.colour": marked("Colour"),
    "attr.size": marked("Size"),
}
OPEN = 4  # so many are unfolded at first
SHOWN = 8  # values of one, and what is ticked; the others are folded away
MOST_FACETS = 12
LOWEST_RATING = "1"  # whatever is rated has that
AVAILABLE = ("true", "in_stock")  # how the search names what can be had at once


class Value(msgspec.Struct, frozen=True):
    value: str
    label: str
    count: int
    selected: bool


class Facet(msgspec.Struct, frozen=True):
    """`kind`: values to be ticked; one to be chosen (rating); from and to (price); a switch (availability)."""

    name: str
    title: str
    kind: str
    values: list[Value]
    more: list[Value]  # folded away
    open: bool


class Chip(msgspec.Struct, frozen=True):
    label: str
    href: str


def facets_of(visit: Visit, facets: Sequence[Mapping[str, Any]], *, of_category: bool) -> list[Facet]:
    """`of_category`: this is a category's page, which leads to those below it by links."""
    found: list[Facet] = []
    for facet in facets:
        name = facet["name"]
        if (of_category and name == "category") or len(found) == MOST_FACETS:
            continue
        kind = {"price": "range", "rating": "one", "availability": "switch"}.get(name, "many")
        values = [_value(visit, name, value) for value in facet["values"]]
        if kind == "one":
            values = [value for value in values if value.value != LOWEST_RATING]
        if kind == "switch":
            values = [value for value in values if value.value in AVAILABLE]
        if not values or (kind == "many" and len(values) == 1 and not values[0].selected):
            continue  # what all of them share narrows nothing
        chosen = any(value.selected for value in values)
        more = [value for value in values[SHOWN:] if not value.selected]
        shown = [value for value in values if value not in more]
        found.append(Facet(name, _title(visit, facet), kind, shown, more, chosen or len(found) < OPEN))
    return found


def chips_of(visit: Visit, facets: Sequence[Facet], currency: str) -> list[Chip]:
    """What is set, in the order of the address."""
    labels = {(f.name, v.value): v.label for f in facets for v in (*f.values, *f.more) if f.kind == "many"}
    chips = []
    for name, value in dict.fromkeys(visit.query.pairs):
        label = labels.get((name, value), "")
        if name == "price_min" and value.isdigit():
            label = visit.gettext("from %(amount)s", amount=f"{value} {currency}")
        elif name == "price_max" and value.isdigit():
            label = visit.gettext("up to %(amount)s", amount=f"{value} {currency}")
        elif name == "rating_min" and value.isdigit():
            label = visit.gettext("%(count)s stars and up", count=value)
        elif name == "in_stock" and value == "true":
            label = visit.gettext("In stock")
        if label:
            chips.append(Chip(label, _without(visit, name, value)))
    return chips


def _value(visit: Visit, name: str, value: Mapping[str, Any]) -> Value:
    label = str(value["label"])
    if name == "rating":
        label = visit.gettext("%(count)s stars and up", count=value["value"])
    elif name == "availability":
        label = visit.gettext("In stock")
    elif label in ("true", "false"):
        label = visit.gettext("yes") if label == "true" else visit.gettext("no")
    elif name == "category":
        label = label.rpartition(" > ")[2]
    return Value(str(value["value"]), label, value["count"], value["selected"])


def _title(visit: Visit, facet: Mapping[str, Any]) -> str:
    name = facet["name"]
    bare = name.removeprefix("attr.")
    words = TITLES.get(name) or NAMES.get(bare)
    return visit.gettext(words) if words else str(facet["title"]).replace("_", " ").capitalize()


def _without(visit: Visit, name: str, value: str) -> str:
    kept = [pair for pair in visit.query.pairs if pair != (name, value) and pair[0] not in ("cursor", "from")]
    return f"{visit.path}?{urlencode(kept)}"
