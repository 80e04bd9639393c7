"""What the sandbox processor answers, in the words of the port: pure."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from tradewind.ports.payment_gateway import (
    Approved,
    BankDeclined,
    Challenge,
    Dispute,
    DisputeStatus,
    Moved,
    OutcomeUnknown,
    Said,
    SavedSource,
    Voided,
)


class InstrumentShown(msgspec.Struct):
    id: str
    customer: str


class AuthorisationShown(msgspec.Struct):
    id: str
    reference: str
    status: Literal["authorised", "declined", "action_required", "voided"]
    network: str
    last4: str
    decline_code: str | None = None
    soft_decline: bool = False
    action_url: str | None = None
    instrument: InstrumentShown | None = None
    amount_minor: int | None = None
    currency: str | None = None


class OperationShown(msgspec.Struct):
    id: str
    reference: str
    status: Literal["succeeded", "declined", "pending"]
    kind: str = ""
    amount_minor: int | None = None


class Authorisations(msgspec.Struct):
    items: list[AuthorisationShown]


class Operations(msgspec.Struct):
    items: list[OperationShown]


class MovedShown(msgspec.Struct):
    operation: OperationShown


class Problem(msgspec.Struct):
    code: str = ""
    message: str = ""


class DisputeShown(msgspec.Struct):
    id: str
    reference: str
    amount_minor: int
    currency: str
    reason: str
    status: DisputeStatus
    evidence_due_at: datetime

    def told(self) -> Dispute:
        return Dispute(
            self.id,
            self.reference,
            self.amount_minor,
            self.currency,
            self.reason,
            self.status,
            self.evidence_due_at,
        )


class EventData(msgspec.Struct):
    authorisation: AuthorisationShown
    operation: OperationShown
    dispute: str | None = None

    def said(self) -> tuple[Said, ...]:
        """Of the authorisation, and of what was done with it. A void tells what was left of it: not what ours says."""
        held, done = self.authorisation, self.operation
        of_held = Said(held.reference, held.amount_minor, held.currency, held.id)
        if done.reference == held.reference:
            return (of_held,)
        amount = done.amount_minor if done.kind in ("capture", "refund") else None
        return (Said(done.reference, amount, held.currency), of_held)


class EventShown(msgspec.Struct):
    data: EventData
    type: str = ""


def presented(it: AuthorisationShown) -> Approved | BankDeclined | Challenge | Voided:
    if it.status == "authorised":
        saved = SavedSource(it.instrument.customer, it.instrument.id) if it.instrument else None
        return Approved(it.id, it.network, it.last4, saved)
    if it.status == "action_required":
        assert it.action_url is not None, "the processor says where the shopper confirms"
        return Challenge(it.id, it.action_url, it.network, it.last4)
    if it.status == "voided":
        return Voided(it.id)
    return BankDeclined(it.decline_code or "card_declined", it.soft_decline, it.id, it.network, it.last4)


def moved(operation: OperationShown) -> Moved | BankDeclined | OutcomeUnknown:
    if operation.status == "succeeded":
        return Moved(operation.id)
    if operation.status == "declined":
        return BankDeclined("declined", processor_id=operation.id)
    return OutcomeUnknown("the processor has not decided yet")
