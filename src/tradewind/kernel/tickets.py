"""Leave to follow something for a while, given by the service that knows who may, read by the one that streams.

A browser's EventSource cannot send headers, and the service that streams does not know who may see an order:
the one that does hands out a ticket, which says for itself what it opens and until when.
"""

from __future__ import annotations

import base64
import hmac
from datetime import datetime, timedelta

from tradewind.kernel.errors import Unauthenticated
from tradewind.kernel.sealing import Sealer


class Tickets:
    """Every process of one installation shares the secret, and so reads what another gave out."""

    def __init__(self, secret_key: str) -> None:
        self._sealer = Sealer(secret_key, "tickets")

    def issue(self, topic: str, now: datetime, lifetime: timedelta) -> str:
        """URL-safe. `topic` names what it opens, such as `order:<id>`; it has no line break."""
        text = f"{int((now + lifetime).timestamp())}\n{topic}".encode()
        return base64.urlsafe_b64encode(self._sealer.mac(text)[:18] + text).decode().rstrip("=")

    def topic(self, ticket: str, now: datetime) -> str:
        """What it opens. Raises Unauthenticated for one that is forged, or over."""
        try:
            raw = base64.urlsafe_b64decode(ticket + "=" * (-len(ticket) % 4))
            mac, text = raw[:18], raw[18:]
            expires, _, topic = text.decode().partition("\n")
            valid = hmac.compare_digest(mac, self._sealer.mac(text)[:18])
        except ValueError:
            valid = False
        if not valid or float(expires) < now.timestamp():
            raise Unauthenticated("ticket_invalid", "this ticket is not valid, or over: ask for another")
        return topic
