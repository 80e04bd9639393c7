"""Signatures as in Standard Webhooks: HMAC-SHA256 over id, time and body.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

from tradewind.ports.payment_gateway import WebhookRefused

TOLERANCE_SECONDS = 300
LONGEST_ID = 200
SECRET_PREFIX = "whsec_"  # noqa: S105 - how a secret is marked, not one


def signing_key(secret: str) -> bytes:
    """The bytes of a `whsec_` secret. Raises ValueError for one that is not."""
    if not secret.startswith(SECRET_PREFIX):
        raise ValueError(f"a webhook secret is {SECRET_PREFIX} and base64")
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError(f"a webhook secret is {SECRET_PREFIX} and base64: {error}") from error


def signature(key: bytes, webhook_id: str, timestamp: str, body: bytes) -> str:
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def verified_id(keys: Sequence[bytes], headers: Mapping[bytes, bytes], body: bytes, now: datetime) -> str:
    """The webhook's id. Raises WebhookRefused unless it was signed with one of `keys` in the last five minutes."""
    webhook_id = headers.get(b"webhook-id", b"").decode("latin-1")
    timestamp = headers.get(b"webhook-timestamp", b"").decode("latin-1")
    given = headers.get(b"webhook-signature", b"").decode("latin-1")
    if not 0 < len(webhook_id) <= LONGEST_ID or not webhook_id.isascii() or not webhook_id.isprintable():
        raise WebhookRefused("webhook-id is missing or too long", forged=True)
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise WebhookRefused("webhook-timestamp is not a number of seconds", forged=True)
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        raise WebhookRefused("webhook-timestamp is too far from now", forged=True)
    wanted = [signature(key, webhook_id, timestamp, body).encode() for key in keys]
    # Several signatures may be sent, and several keys be good, while a secret is being replaced.
    if not any(hmac.compare_digest(one, other.encode()) for one in wanted for other in given.split(" ")):
        raise WebhookRefused("webhook-signature does not match", forged=True)
    return webhook_id
