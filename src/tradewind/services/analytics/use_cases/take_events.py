"""Events of behaviour come in: each is taken or refused for itself, and what is taken is kept before that is said."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from tradewind.kernel.errors import Invalid, Refusal
from tradewind.kernel.idempotency import Once
from tradewind.ports.analytics_store import EventFact
from tradewind.services.analytics.deps import Deps
from tradewind.services.analytics.receiving import fact_of, read_message
from tradewind.services.analytics.shapes import Batch, Message, RefusedEvent, Taken
from tradewind.services.analytics.store import staging

MOST_NAMED: Final = 20  # of a batch that is refused as a whole


async def take_events(deps: Deps, batch: Batch, account_id: UUID | None, once: Once) -> Taken:
    """What cannot be taken is named with its place in the batch. Raises Invalid where nothing of it can be."""
    received_at = deps.clock.now()
    facts: list[EventFact] = []
    refused: list[RefusedEvent] = []
    for index, raw in enumerate(batch.batch):
        try:
            message = read_message(raw)
            if message.type is None:
                raise Invalid("type_required", "say what kind of event it is, such as track", field="type")
            facts.append(
                fact_of(message, message.type, received_at, batch.sent_at, account_id, deps.clock.new_id())
            )
        except Refusal as refusal:
            refused.append(RefusedEvent(index, refusal.code, refusal.message, refusal.field))
    if not facts:
        first = refused[0]
        raise Invalid(
            "batch_refused",
            f"no event of it can be taken; the first: {first.message}",
            field="batch",
            details={"refused": [msgspec.to_builtins(event) for event in refused[:MOST_NAMED]]},
        )
    return await _keep(deps, facts, refused, received_at, once)


async def take_event(deps: Deps, message: Message, kind: str, account_id: UUID | None, once: Once) -> Taken:
    """Raises Invalid for one that cannot be taken."""
    if message.type not in (None, kind):
        raise Invalid("type_other", f"this is where {kind} events are sent", field="type")
    received_at = deps.clock.now()
    fact = fact_of(message, kind, received_at, None, account_id, deps.clock.new_id())
    return await _keep(deps, [fact], [], received_at, once)


async def _keep(
    deps: Deps, facts: list[EventFact], refused: list[RefusedEvent], received_at: datetime, once: Once
) -> Taken:
    async with deps.db.begin() as tx:
        await staging.add_events(tx, deps.clock.new_id(), received_at, facts)
        return await once.answer(tx, Taken(not refused, len(facts), refused))
