"""Stripe's webhooks: signed as https://docs.stripe.com/webhooks#verify-manually says, by any of our secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from stripe import SignatureVerificationError, WebhookSignature

from tradewind.adapters.payment_gateway.units import minor_of_stripe
from tradewind.contracts.currencies import is_currency
from tradewind.ports.payment_gateway import Notice, Said, WebhookRefused

TOLERANCE_SECONDS = 300
LONGEST_ID = 200
_OF_AMOUNT = ("payment_intent", "charge", "refund")


class _Object(msgspec.Struct):
    id: str
    object: str
    metadata: dict[str, Any] | None = None
    amount: int | None = None
    currency: str | None = None


class _Data(msgspec.Struct):
    object: _Object


class _Event(msgspec.Struct):
    id: str
    data: _Data
    type: str = ""


def read_notice(secrets: Sequence[str], headers: Mapping[bytes, bytes], body: bytes, now: datetime) -> Notice:
    """Raises WebhookRefused."""
    header = headers.get(b"stripe-signature", b"").decode("latin-1")
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise WebhookRefused(f"the body is no text: {error}", forged=True) from error
    if not any(_is_signed(secret, text, header) for secret in secrets):
        raise WebhookRefused("stripe-signature does not match", forged=True)
    if abs(now.timestamp() - _signed_at(header)) > TOLERANCE_SECONDS:
        raise WebhookRefused("stripe-signature was made too far from now", forged=True)
    try:
        event = msgspec.json.decode(body, type=_Event)
    except msgspec.DecodeError as error:
        raise WebhookRefused(f"the signed body cannot be read: {error}", forged=False) from error
    if not 0 < len(event.id) <= LONGEST_ID:
        raise WebhookRefused("the event's id is missing or too long", forged=False)
    subject = event.data.object
    if subject.object == "dispute":
        return Notice(event.id, (), (subject.id,), event.type)
    return Notice(event.id, _said(subject), (), event.type)


def _said(it: _Object) -> tuple[Said, ...]:
    """The object's own reference is of its amount. A capture writes its own, and its amount, beside it."""
    currency = (it.currency or "").upper()
    known = currency if is_currency(currency) else None
    found: dict[str, Said] = {}
    for name, value in (it.metadata or {}).items():
        if not isinstance(value, str):
            continue
        reference, _, written = value.partition(" ")
        amount = int(written) if written.isdecimal() and len(written) < 18 else None
        if name == "reference" and known and it.amount is not None and it.object in _OF_AMOUNT:
            amount = minor_of_stripe(it.amount, known)
        intent = it.id if it.object == "payment_intent" and name == "reference" else None
        found.setdefault(reference, Said(reference, amount, known, intent))
    return tuple(found.values())


def _is_signed(secret: str, text: str, header: str) -> bool:
    """Time is looked at apart, with the clock that we are given."""
    try:
        return bool(WebhookSignature.verify_header(text, header, secret, tolerance=None))
    except SignatureVerificationError:
        return False


def _signed_at(header: str) -> int:
    """Of a header whose signature is good, and which has a time because of that."""
    return int(next(part[2:] for part in header.split(",") if part.startswith("t=")))
