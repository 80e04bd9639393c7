"""What clients send, and what they are answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import Body, Email, Language, Limit
from tradewind.services.notification.domain import Channel, CustomerKindName, KindName, State

Token = Annotated[str, Meta(min_length=1, max_length=1000, description="of the link in a mail")]


class MessageQuery(Body, frozen=True):
    state: State | None = None
    kind: KindName | None = None
    email: Email | None = None
    order_id: UUID | None = None
    limit: Limit = 50
    cursor: Annotated[str, Meta(max_length=500)] | None = None


class MessageSummary(msgspec.Struct, frozen=True):
    """`reason` is why the last try failed, or why it was not sent. `tries` are those of the last sending."""

    message_id: UUID
    kind: KindName
    channel: Channel
    to: str
    subject: str
    state: State
    tries: int
    reason: str | None
    language: Language
    account_id: UUID | None
    order_id: UUID | None
    created_at: datetime
    sent_at: datetime | None
    next_try_at: datetime | None


class Message(MessageSummary, frozen=True):
    """`html` and `text` are made from what was true when it happened. Tokens in links are hidden, but in a
    development shop that sends no mail: `secrets_hidden` tells."""

    html: str
    text: str
    secrets_hidden: bool


class Template(msgspec.Struct, frozen=True):
    kind: KindName
    title: str
    languages: list[Language]
    channel: Channel
    optional: bool


class Templates(msgspec.Struct, frozen=True):
    items: list[Template]


class PreviewQuery(Body, frozen=True):
    language: Language = "en"


class Preview(msgspec.Struct, frozen=True):
    subject: str
    html: str
    text: str


class Preference(msgspec.Struct, frozen=True):
    """A `mandatory` one is always enabled: what somebody must be told of their order or account."""

    kind: CustomerKindName
    title: str
    channel: Channel
    enabled: bool
    mandatory: bool


class Preferences(msgspec.Struct, frozen=True):
    items: list[Preference]


class Choice(Body, frozen=True):
    kind: CustomerKindName
    channel: Channel
    enabled: bool


class Choices(Body, frozen=True):
    """What is not named stays as it is."""

    items: Annotated[list[Choice], Meta(min_length=1, max_length=50)]


class UnsubscribeQuery(Body, frozen=True):
    token: Token


class Unsubscribe(Body, frozen=True):
    """`subscribed` true takes it back."""

    token: Token
    subscribed: bool = False


class Subscribed(msgspec.Struct, frozen=True):
    email: str
    kind: KindName
    title: str
    subscribed: bool


class StreamQuery(Body, frozen=True):
    """`ticket`, as an order's page is given one, or for staff `topic`: `orders`, or `order:` and an id."""

    ticket: Annotated[str, Meta(max_length=500)] | None = None
    topic: Annotated[str, Meta(max_length=50)] | None = None
    last_event_id: Annotated[int, Meta(ge=0, le=2**62)] | None = None
