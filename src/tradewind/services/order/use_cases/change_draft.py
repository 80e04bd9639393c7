"""Staff change a draft: it is priced anew."""

from __future__ import annotations

from itertools import count
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order.deps import Deps
from tradewind.services.order.drafting import CUSTOM, drafted
from tradewind.services.order.shapes.drafts import Draft, DraftChange, DraftLine, DraftTerms
from tradewind.services.order.store import drafts, orders
from tradewind.services.order.store.drafts import DraftRecord
from tradewind.services.order.store.orders import LineRecord, OrderRecord
from tradewind.services.order.use_cases.create_draft import draft_view, find_draft

FIELDS = tuple(name for name in DraftChange.__struct_fields__ if name != "version")
LAST = 2**31


async def change_draft(
    deps: Deps, caller: Principal, order_id: UUID, change: DraftChange, once: Once
) -> Draft:
    """Of parallel changes none is lost: Conflict(draft_changed) carries the draft as it is now.

    Raises NotFound(draft_not_found), Conflict(not_a_draft), Conflict(draft_reserved) where other pieces are wanted
    of one whose stock is held, Invalid with the field that is wrong.
    """
    order = await find_draft(deps, order_id)
    kept = await drafts.load(deps.db, order_id)
    assert kept is not None, "a draft has its terms"
    if change.version != order.version or order.amending_id is not None:
        raise await _changed(deps, order_id)
    terms = _in_order(_merged(kept, change), order)
    edited = await drafted(
        deps, terms, order_id=order_id, origin=order.origin, before=await _origin(deps, order)
    )
    edited = msgspec.structs.replace(edited, lines=_numbered(edited.lines, order.lines))
    if kept.reserved_at is not None and _pieces(edited) != _pieces(order):
        raise Conflict(
            "draft_reserved", "its stock is held: cancel it and begin anew for other pieces", field="lines"
        )
    async with deps.db.begin() as tx:
        saved = await drafts.save(tx, edited, terms, order.version, deps.settings.number_prefix, caller.name)
        if saved:
            return await once.answer(tx, await draft_view(deps, tx, order_id))
    raise await _changed(deps, order_id)


def _merged(kept: DraftRecord, change: DraftChange) -> DraftTerms:
    given: dict[str, Any] = {n: getattr(change, n) for n in FIELDS if getattr(change, n) is not UNSET}
    return msgspec.structs.replace(kept.terms, **given)


def _in_order(terms: DraftTerms, order: OrderRecord) -> DraftTerms:
    """What stays is kept in its order, what is new comes after it."""
    known = {line.sku: line.line for line in order.lines}
    custom = 0
    placed: list[tuple[int, DraftLine]] = []
    for line in terms.lines:
        custom += line.sku is None
        sku = line.sku or f"{CUSTOM}{custom}"
        placed.append((known.get(sku, LAST), line))
    placed.sort(key=lambda pair: pair[0])
    return msgspec.structs.replace(terms, lines=[line for _, line in placed])


def _numbered(lines: list[LineRecord], before: list[LineRecord]) -> list[LineRecord]:
    known = {line.sku: line.line for line in before}
    following = count(max(known.values()) + 1)
    return [
        msgspec.structs.replace(line, line=known[line.sku] if line.sku in known else next(following))
        for line in lines
    ]


async def _origin(deps: Deps, order: OrderRecord) -> OrderRecord | None:
    return await orders.load(deps.db, order.origin_order_id) if order.origin_order_id else None


def _pieces(order: OrderRecord) -> dict[str, int]:
    return {line.sku: line.quantity for line in order.stocked}


async def _changed(deps: Deps, order_id: UUID) -> Conflict:
    async with deps.db.begin() as tx:
        current = await draft_view(deps, tx, order_id)
    return Conflict(
        "draft_changed",
        f"the draft is at version {current.order.version} now: look at it and change that",
        field="version",
        details={"draft": msgspec.to_builtins(current)},
    )
