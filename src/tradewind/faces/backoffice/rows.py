"""Rows of a form: fields of one name several times, one for each row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import zip_longest
from typing import Any

from tradewind.faces.backoffice.order_names import orders_of
from tradewind.faces.kit.visit import Fields, Visit

ACCOUNT = "account:"
FIRST_ROWS, MORE_ROWS, MOST_ROWS = 6, 10, 100


def typed_rows(form: Fields, *names: str) -> list[tuple[str, ...]]:
    """Those that something was typed into, without the space around it."""
    columns = [form.all(name) for name in names]
    rows = [tuple(cell.strip() for cell in row) for row in zip_longest(*columns, fillvalue="")]
    return [row for row in rows if any(row)]


def with_room(rows: list[tuple[str, ...]], width: int, *, more: bool = False) -> list[tuple[str, ...]]:
    """And some empty ones to type into."""
    spare = max(FIRST_ROWS - len(rows), 1) + (MORE_ROWS if more else 0)
    return [*rows, *[("",) * width] * spare][:MOST_ROWS]


def whole(text: str) -> int | None:
    """A number that is not negative; None for what is none."""
    return int(text) if text.isdecimal() and len(text) < 10 else None


def not_counted(text: str) -> str:
    """The code of what is wrong with what should be a number of at least one."""
    return "at_least_one" if text.removeprefix("-").isdecimal() else "number_invalid"


async def warehouses(visit: Visit) -> list[Mapping[str, Any]]:
    listed = await visit.api.get("/v1/warehouses", limit=100)
    found: list[Mapping[str, Any]] = listed["items"]
    return found


async def tracked(visit: Visit, skus: Iterable[str]) -> dict[str, str]:
    """Of these SKUs those that are kept by lot or serial number, and by which."""
    wanted = sorted(set(skus))[:MOST_ROWS]
    answers = await visit.api.together(*(visit.api.get("/v1/stock/policies", sku=sku) for sku in wanted))
    policies = [policy for answer in answers for policy in answer["items"]]
    return {policy["sku"]: policy["tracking"] for policy in policies if policy["tracking"] != "none"}


async def order_numbers(visit: Visit, order_ids: Iterable[str]) -> dict[str, str]:
    """What people call these orders, by id; those that are none, such as a hold, are left out."""
    found = await orders_of(visit, order_ids)
    return {order_id: order["number"] for order_id, order in found.items()}


async def people(visit: Visit, actors: Iterable[str | None]) -> dict[str, str]:
    """Who these are, by the actor that the books name: staff by their e-mail address where the reader may know it."""
    wanted = sorted({actor for actor in actors if actor and actor.startswith(ACCOUNT)})[:MOST_ROWS]
    if not visit.may("customers:read"):
        return dict.fromkeys(wanted, "")
    ids = [actor.removeprefix(ACCOUNT) for actor in wanted]
    found = await visit.api.together(*(visit.api.find(f"/v1/customers/{account_id}") for account_id in ids))
    return {actor: one["email"] if one else "" for actor, one in zip(wanted, found, strict=True)}
