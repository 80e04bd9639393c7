"""From Segment's messages to facts: what is kept of an event, when it was, and whom it is about. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

import msgspec

from tradewind.kernel.errors import Invalid, Malformed, TooLarge
from tradewind.kernel.invalid import invalid
from tradewind.kernel.storable import refuse_unstorable
from tradewind.ports.analytics_store import EventFact
from tradewind.services.analytics.domain import microseconds
from tradewind.services.analytics.shapes import LARGEST_EVENT_BYTES, Message

_MESSAGES: Final = UUID("6f3b1d52-1d0e-5c39-8d7b-0a6f0c7f6a10")  # of message ids that are no UUIDs
_LONGEST: Final = 255
_EARLIEST: Final = datetime(1970, 1, 2, tzinfo=UTC)
_decoder = msgspec.json.Decoder(Message)


def read_message(raw: bytes | msgspec.Raw) -> Message:
    """One event of a batch. Raises Invalid, Malformed and TooLarge."""
    if len(bytes(raw)) > LARGEST_EVENT_BYTES:
        raise _too_large()
    try:
        message = _decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise invalid(error, shape=Message) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed("malformed_json", f"the event is not JSON: {error}") from error
    except RecursionError as error:
        raise Malformed("malformed_json", "the event is nested deeper than anybody reads") from error
    refuse_unstorable(message)
    return message


def fact_of(
    message: Message,
    kind: str,
    received_at: datetime,
    sent_at: datetime | None,
    account_id: UUID | None,
    new_id: UUID,
) -> EventFact:
    """`sent_at` of its batch counts where it has none of its own. Raises Invalid and TooLarge."""
    user_id = _text(message.user_id) or (str(account_id) if account_id else "")
    anonymous_id = _text(message.anonymous_id)
    if not user_id and not anonymous_id:
        raise Invalid("person_required", "say who it was: userId, or anonymousId", field="userId")
    name = message.event if kind == "track" else message.name
    if kind == "track" and not name:
        raise Invalid("event_required", "say what happened, such as Product Viewed", field="event")
    if kind == "alias" and not _text(message.previous_id):
        raise Invalid("previous_required", "say who it was before", field="previousId")
    details: Mapping[str, Any] = message.properties or message.traits or {}
    properties = msgspec.json.encode(details)
    if len(properties) > LARGEST_EVENT_BYTES:
        raise _too_large()
    return EventFact(
        message_id=_message_id(message.message_id, new_id),
        received_us=microseconds(received_at),
        at_us=microseconds(_happened_at(message, received_at, message.sent_at or sent_at)),
        kind=kind,
        name=name or "",
        source="segment",
        anonymous_id=anonymous_id,
        user_id=user_id,
        previous_id=_text(message.previous_id),
        product_id=_text(details.get("product_id")),
        sku=_text(details.get("sku")),
        title=_text(details.get("name")),
        category=_text(details.get("category")),
        cart_id=_text(details.get("cart_id")),
        order_id=_text(details.get("order_id")),
        properties=properties.decode(),
    )


def _too_large() -> TooLarge:
    return TooLarge("event_too_large", f"an event has at most {LARGEST_EVENT_BYTES} bytes")


def _message_id(given: str | None, new_id: UUID) -> UUID:
    if not given:
        return new_id
    try:
        return UUID(given)
    except ValueError:
        return uuid5(_MESSAGES, given)


def _happened_at(message: Message, received_at: datetime, sent_at: datetime | None) -> datetime:
    """The sender's clock is corrected by what it showed when it sent; nothing happens later than it is received."""
    given = message.timestamp or message.original_timestamp
    if given is None:
        return received_at
    at = _utc(given)
    if sent_at is not None:
        try:
            at += received_at - _utc(sent_at)
        except OverflowError:  # clocks that are thousands of years apart tell nothing
            return received_at
    if not _EARLIEST <= at <= received_at + timedelta(days=1):
        return received_at
    return min(at, received_at)


def _utc(at: datetime) -> datetime:
    """A time that says no zone is taken for UTC."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _text(value: object) -> str:
    """What names something: a text or a number, and nothing else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)[:_LONGEST]
