"""What a row of the database holds, where it is not what is answered."""

import msgspec

from tradewind.sandbox_processor.wire import AuthorisationStatus, DeclineCode


class StoredAuthorisation(msgspec.Struct, frozen=True):
    """A row of the table. What is answered lacks the merchant, the challenge and where it returns to."""

    id: str
    merchant: str
    reference: str
    status: AuthorisationStatus
    amount_minor: int
    currency: str
    captured_minor: int
    refunded_minor: int
    decline_code: DeclineCode | None
    soft_decline: bool
    challenge_id: str | None
    return_url: str | None
    network: str
    last4: str
    metadata: str
    created_at: str


class StoredAnswer(msgspec.Struct, frozen=True):
    request_hash: bytes
    status: int
    body: bytes


class StoredCard(msgspec.Struct, frozen=True):
    token: str
    sealed_number: bytes
    network: str
    last4: str


class DueEvent(msgspec.Struct, frozen=True):
    id: str
    merchant: str
    body: bytes
    attempts: int
