"""Every event in every subscriber's inbox, once: an inbox's key makes it at most, this makes it at least."""

from __future__ import annotations

from tradewind.kernel.compose import Runtime

UNDELIVERED_AFTER_MINUTES = 10


async def check_events(runtime: Runtime, *, settled: bool) -> dict[str, list[str]]:
    """Reads the outbox of each service here and the inboxes of its subscribers here."""
    lost: list[str] = []
    stuck: list[str] = []
    parked: list[str] = []
    for alive in runtime.running.values():
        rows = await alive.database.fetch("SELECT id, type, awaiting, owed FROM outbox")
        for subscriber in {
            s for event in alive.service.publishes for s in runtime.graph.subscribers(event.event_type())
        }:
            inbox = runtime.running.get(subscriber.partition(".")[0])
            if inbox is None:
                continue
            heard = await inbox.database.fetch("SELECT event_id FROM inbox WHERE subscriber = $1", subscriber)
            known = {row["event_id"] for row in heard}
            lost += [
                f"{row['type']} {row['id']} was confirmed by {subscriber}, which does not know it"
                for row in rows
                if subscriber in (row["owed"] or ())
                and subscriber not in row["awaiting"]
                and row["id"] not in known
            ]
        limit = 0 if settled else UNDELIVERED_AFTER_MINUTES
        stuck += [
            f"{row['type']} {row['id']} of {alive.service.name} awaits {', '.join(row['awaiting'])}"
            for row in await alive.database.fetch(
                """
                SELECT id, type, awaiting FROM outbox
                WHERE awaiting <> '{}' AND occurred_at <= now() - make_interval(mins => $1)
                """,
                limit,
            )
        ]
        states = ["failed", "parked"] if settled else ["parked"]
        parked += [
            f"{row['type']} {row['event_id']} is {row['state']} at {row['subscriber']}: {row['reason']}"
            for row in await alive.database.fetch(
                "SELECT event_id, type, state, subscriber, reason FROM inbox WHERE state = ANY ($1::text[])",
                states,
            )
        ]
    return {
        "events: none is lost": lost,
        "events: none is stuck": stuck,
        "events: none is parked": parked,
    }
