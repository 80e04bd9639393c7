"""The guest's keys to their orders, kept in this browser: the last few, newest first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tradewind.faces.kit.visit import Visit

COOKIE = "__Host-orders"
MOST = 8
KEPT_SECONDS = 90 * 24 * 3600
OF_ACCOUNT = "account"  # in place of a token: the order is opened by being signed in
_ENTRY = re.compile("([0-9a-f-]{36})~([A-Za-z0-9_-]{1,100})")


def token_of(visit: Visit, order_id: str) -> str | None:
    token = _known(visit).get(order_id)
    return None if token == OF_ACCOUNT else token


def remember(visit: Visit, order: Mapping[str, Any]) -> None:
    others = [entry for entry in _known(visit).items() if entry[0] != order["order_id"]]
    entries = [(order["order_id"], order.get("token") or OF_ACCOUNT), *others][:MOST]
    text = "!".join(f"{order_id}~{token}" for order_id, token in entries)
    visit.cookies[COOKIE] = text
    visit.set_cookie(COOKIE, text, seconds=KEPT_SECONDS)


async def last_path(visit: Visit) -> str | None:
    """The page of the order that was placed last in this browser."""
    order_id = next(iter(_known(visit)), None)
    return f"/orders/{order_id}" if order_id else None


def _known(visit: Visit) -> dict[str, str]:
    return dict(_ENTRY.findall(visit.cookies.get(COOKIE, "")))
