"""What happened to an order, newest first: for staff all of it, for its customer what is told to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from msgspec import Meta, structs

from tradewind.contracts.common import Page
from tradewind.contracts.user import Account
from tradewind.kernel.errors import Unavailable
from tradewind.kernel.identity import Principal
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.kernel.telemetry import log
from tradewind.ports.database import Row
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.timeline import (
    KINDS,
    Actor,
    Change,
    Detail,
    RefundMoved,
    StateMoved,
    actor_of,
    details_of,
)
from tradewind.services.order.shapes.record import TimelineEntry, TimelineQuery
from tradewind.services.order.store import versions
from tradewind.services.order.store.orders import OrderRecord

_Sequence = Annotated[int, Meta(ge=1, le=2**31 - 1)]


async def timeline(
    deps: Deps, caller: Principal, order: OrderRecord, query: TimelineQuery
) -> Page[TimelineEntry]:
    """Raises Invalid(cursor_invalid)."""
    staff = caller.may("orders:read")
    kinds = [
        name
        for name, kind in KINDS.items()
        if (staff or kind.told) and (not query.kind or name in query.kind)
    ]
    before = decode_cursor(query.cursor, tuple[_Sequence])[0] if query.cursor else 2**31 - 1
    rows = await deps.db.fetch(
        """
        SELECT sequence, kind, from_state, to_state, reason, actor, at FROM order_history
        WHERE order_id = $1 AND sequence < $2 AND kind = ANY ($3::text[]) ORDER BY sequence DESC LIMIT $4
        """,
        order.order_id,
        before,
        kinds,
        query.limit + 1,
    )
    shown = rows[: query.limit]
    changed = await versions.changes(deps.db, order.order_id, [row["sequence"] for row in shown])
    actors = await _actors(deps, order, {row["actor"] for row in shown}, staff=staff)
    items = [
        _entry(row, order, changed.get(row["sequence"], []), actors[row["actor"]], staff=staff)
        for row in shown
    ]
    return Page(items, encode_cursor(items[-1].sequence) if len(rows) > query.limit else None)


def _entry(
    row: Row, order: OrderRecord, changes: Sequence[Change], actor: Actor, *, staff: bool
) -> TimelineEntry:
    details: list[Detail] = []
    if row["from_state"] != row["to_state"]:
        details.append(StateMoved(row["from_state"], row["to_state"]))
    for detail in details_of(changes, order.currency):
        details.append(
            structs.replace(detail, reason=None) if isinstance(detail, RefundMoved) and not staff else detail
        )
    return TimelineEntry(row["sequence"], row["at"], row["kind"], actor, details, row["reason"])


async def _actors(deps: Deps, order: OrderRecord, names: set[str], *, staff: bool) -> dict[str, Actor]:
    """By the name that the history has. For a customer, staff are just that."""
    found = {}
    for name in sorted(names):
        actor = actor_of(name, order.account_id)
        if actor.kind == "guest" or (actor.kind == "customer" and not staff):
            actor = structs.replace(actor, name=order.billing_address.name)
        elif actor.kind == "staff" and not staff:
            actor = Actor("staff")
        elif actor.kind in ("staff", "customer"):
            actor = structs.replace(actor, name=await _name(deps, actor.id))
        found[name] = actor
    return found


async def _name(deps: Deps, account_id: str | None) -> str | None:
    """None where it is not to be had now: the rest of the timeline is."""
    try:
        account = await deps.user.account(UUID(account_id or ""))
    except Unavailable as error:
        log.warning("actor_not_named", account_id=account_id, error=str(error))
        return None
    return account.name if isinstance(account, Account) else None
