"""Reads of messages and preferences, straight to the answered shapes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.contracts.common import Language, Page
from tradewind.kernel.errors import NotFound
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.database import Connection, Row
from tradewind.services.notification import rendering
from tradewind.services.notification.deps import Deps
from tradewind.services.notification.domain import CUSTOMER_KINDS, EMAIL, KINDS, LANGUAGES, language_of
from tradewind.services.notification.rendering import Reader
from tradewind.services.notification.samples import AT, NUMBER, sample
from tradewind.services.notification.shapes import (
    Message,
    MessageQuery,
    MessageSummary,
    Preference,
    Preferences,
    Preview,
    Template,
    Templates,
)
from tradewind.services.notification.store import preferences

_COLUMNS = """message_id, kind, channel, recipient, subject, state, tries, reason, language, account_id, order_id,
    created_at, sent_at, next_at"""


async def list_messages(deps: Deps, query: MessageQuery) -> Page[MessageSummary]:
    """Newest first."""
    conditions, values = ["true"], list[object]()
    wanted: dict[str, object] = {
        "state = {}": query.state,
        "kind = {}": query.kind,
        "lower(recipient) = {}": query.email.lower() if query.email else None,
        "order_id = {}": query.order_id,
    }
    for condition, value in wanted.items():
        if value is not None:
            values.append(value)
            conditions.append(condition.format(f"${len(values)}"))
    if query.cursor is not None:
        values += decode_cursor(query.cursor, tuple[datetime, UUID])
        conditions.append(f"(created_at, message_id) < (${len(values) - 1}, ${len(values)})")
    rows = await deps.db.fetch(
        f"""
        SELECT {_COLUMNS} FROM messages WHERE {" AND ".join(conditions)}
        ORDER BY created_at DESC, message_id DESC LIMIT {query.limit + 1}
        """,
        *values,
    )
    items = [_summary(row) for row in rows[: query.limit]]
    more = len(rows) > query.limit
    return Page(items, encode_cursor(items[-1].created_at, items[-1].message_id) if more else None)


async def message(deps: Deps, connection: Connection, message_id: UUID) -> Message:
    """As its reader has it, but for what is only theirs. Raises NotFound."""
    row = await connection.row(
        f"SELECT {_COLUMNS}, data, occurred_at, order_number FROM messages WHERE message_id = $1", message_id
    )
    if row is None:
        raise NotFound("message_not_found", "there is no such message")
    summary, kind = _summary(row), KINDS[row["kind"]]
    event = msgspec.json.decode(row["data"], type=kind.event)
    links = deps.shown_links
    reader = Reader(summary.to, summary.language, links)
    rendered = rendering.render(deps.settings, kind, event, row["occurred_at"], reader, row["order_number"])
    return Message(
        **msgspec.structs.asdict(summary),
        html=rendered.html,
        text=rendered.text,
        secrets_hidden=links is not deps.links,
    )


def _summary(row: Row) -> MessageSummary:
    return MessageSummary(
        message_id=row["message_id"],
        kind=row["kind"],
        channel=row["channel"],
        to=row["recipient"],
        subject=row["subject"],
        state=row["state"],
        tries=row["tries"],
        reason=_NOT_WANTED if row["state"] == "suppressed" else row["reason"],
        language=language_of(row["language"]),
        account_id=row["account_id"],
        order_id=row["order_id"],
        created_at=row["created_at"],
        sent_at=row["sent_at"],
        next_try_at=row["next_at"],
    )


_NOT_WANTED = "the reader does without mails of this kind"


def templates(language: Language) -> Templates:
    return Templates(
        [
            Template(kind.name, rendering.title_of(kind, language), list(LANGUAGES), EMAIL, kind.optional)
            for kind in KINDS.values()
        ]
    )


def preview(deps: Deps, name: str, language: Language) -> Preview:
    """Raises NotFound."""
    kind = KINDS.get(name)
    if kind is None:
        raise NotFound("template_not_found", f"there is no template {name}: there are {', '.join(KINDS)}")
    event = sample(kind.name, language)
    reader = Reader("ada@example.com", language, deps.links.masked())
    shown = rendering.render(deps.settings, kind, event, AT, reader, NUMBER)
    return Preview(shown.subject, shown.html, shown.text)


async def preferences_of(connection: Connection, email: str, language: Language) -> Preferences:
    without = await preferences.unwanted(connection, email)
    return Preferences(
        [
            Preference(
                name,
                rendering.title_of(KINDS[name], language),
                EMAIL,
                not (KINDS[name].optional and name in without),
                not KINDS[name].optional,
            )
            for name in CUSTOMER_KINDS
        ]
    )
