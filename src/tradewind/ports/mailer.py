"""Sends one mail to one address, and says what became of it.

    Accepted        the other side took it and answers for it from here on
    Refused         it was not taken and never will be: no such mailbox, or an address that cannot be
    NotSent         it was not taken, and may be later: no connection, a full queue, greylisting, our log-in
    OutcomeUnknown  the connection broke between the last byte and the answer

These are answers, not exceptions; an exception is a bug. After NotSent and OutcomeUnknown the same mail is sent
again with the same `message_id`: a mailbox that took it the first time may show it twice, which is better than
never.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Mail:
    """`sender` is as people write it, `Shop <shop@example.com>`; `recipient` an address alone. `message_id` is
    without its angle brackets, and stays the same for every try. `headers` are what only some mails have."""

    message_id: str
    sender: str
    recipient: str
    subject: str
    text: str
    html: str
    language: str
    at: datetime
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accepted:
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    reason: str


@dataclass(frozen=True, slots=True)
class NotSent:
    reason: str


@dataclass(frozen=True, slots=True)
class OutcomeUnknown:
    reason: str


SendOutcome = Accepted | Refused | NotSent | OutcomeUnknown


class Mailer(Protocol):
    @property
    def delivers(self) -> bool:
        """Whether mails leave this installation, or only lie in its own mailbox."""
        ...

    async def send(self, mail: Mail) -> SendOutcome: ...

    async def close(self) -> None: ...
