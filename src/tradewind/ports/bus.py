"""Carries events between processes. It may lose, repeat and reorder: the outbox is the truth, not the bus.

A message is bytes on a subject. `publish` returns once the broker has taken it. A receiver is handed all that
waits for it, some at a time, in the order of arrival; it says of each whether it took it, and what it did not
take comes again. If it raises, it took none.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

Receiver = Callable[[Sequence[bytes]], Awaitable[Sequence[bool]]]


class BusUnavailable(Exception):
    """The broker did not take the message; the outbox keeps it and tries again."""


class Bus(Protocol):
    async def publish(self, subject: str, message_id: str, payload: bytes) -> None:
        """`message_id` lets the broker drop a repeat of the very same send. Raises BusUnavailable."""
        ...

    async def subscribe(self, subject: str, group: str, receiver: Receiver) -> None:
        """Deliver what is published on `subject` to one member of `group` at a time, from now on for good:
        through broken connections, and through a broker whose store was wiped."""
        ...

    def when_wiped(self, tell: Callable[[], Awaitable[None]]) -> None:
        """Have it told, each time that the broker is found to have lost what it held."""
        ...

    async def close(self) -> None: ...
