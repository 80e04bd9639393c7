"""Events: facts that a service tells the others, and the envelope they travel in."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import datetime
from typing import TypeVar, dataclass_transform
from uuid import UUID

import msgspec


@dataclass_transform(frozen_default=True)
class Event(msgspec.Struct, frozen=True):
    """Base of all events. A subclass sets its name with `tag="order.placed"`; its first field is the id
    of what it is about, which is the key that the outbox keeps.

    A field may be added with a default; none may be removed or change its meaning: an event of
    another meaning gets another name.
    """

    @classmethod
    def event_type(cls) -> str:
        tag = cls.__struct_config__.tag
        assert isinstance(tag, str), f"{cls.__name__} needs tag='service.what_happened'"
        return tag

    def subject_id(self) -> str:
        return str(getattr(self, self.__struct_fields__[0]))


class Envelope(msgspec.Struct, frozen=True):
    """What is stored in an outbox and sent on the bus. `trace` is a W3C traceparent; `request_id` names the
    request that it came of, in the logs of whoever handles it."""

    id: UUID
    type: str
    source: str
    key: str
    occurred_at: datetime
    trace: str
    data: msgspec.Raw
    request_id: str = ""


E = TypeVar("E", bound=Event)


def decode(event: type[E], data: bytes | msgspec.Raw) -> E:
    """Unknown fields are ignored: a newer publisher may say more."""
    return msgspec.json.decode(data, type=event)


_handled: ContextVar[Envelope] = ContextVar("handled")


def handling(envelope: Envelope) -> None:
    """This task hands the event to its subscriber from here on."""
    _handled.set(envelope)


def handled() -> Envelope:
    """The envelope of the event that this task handles: for a handler that keeps its id, or its time."""
    return _handled.get()
