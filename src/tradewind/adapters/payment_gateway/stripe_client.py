"""Stripe's own client library over our exchange: its deadline, its breaker, and two keys while one replaces
another. What the library raises becomes a value: what is known of the request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import stripe
from stripe import StripeClient, StripeObject

from tradewind.adapters.payment_gateway.exchange import Exchange, Keys, Reply
from tradewind.ports.payment_gateway import NotSent, OutcomeUnknown

# Answers keep the shape of this version, whatever the account's own is.
API_VERSION = "2026-10-28.endive"
_NOT_LOOKED_AT = (401, 403, 429)


@dataclass(frozen=True, slots=True)
class Failure:
    """Stripe refused. `stored`: it answered what it had answered before under the same key."""

    status: int
    code: str
    message: str
    body: bytes
    stored: bool


class LineOfStripe(stripe.HTTPClient):
    """The library's requests, each sent once, over an exchange."""

    name: ClassVar[str] = "tradewind"

    def __init__(self, line: Exchange) -> None:
        super().__init__()
        self._line = line

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        body = post_data.encode() if isinstance(post_data, str) else post_data
        reply = await self._line.send(method.upper(), url, headers, body)
        if not isinstance(reply, Reply):
            raise _NoAnswer(reply)
        return reply.body, reply.status, reply.headers

    def close(self) -> None:
        """Nothing is kept here: the exchange is closed by who opened it."""

    async def close_async(self) -> None:
        await self._line.close()


class _NoAnswer(Exception):
    def __init__(self, known: NotSent | OutcomeUnknown) -> None:
        super().__init__(known.reason)
        self.known = known


class Stripe:
    """One account. `ask` runs one call of the library and answers the body of its answer."""

    def __init__(self, url: str, keys: tuple[str, ...], line: Exchange) -> None:
        self._line, self._keys = line, Keys(keys)
        self._clients = {
            key: StripeClient(
                key,
                stripe_version=API_VERSION,
                base_addresses={"api": url},
                max_network_retries=0,
                http_client=LineOfStripe(line),
            )
            for key in keys
        }

    async def ask(
        self, call: Callable[[StripeClient], Awaitable[StripeObject]]
    ) -> bytes | Failure | NotSent | OutcomeUnknown:
        """A key that Stripe does not know had no effect: where there is another, that one is tried."""
        while True:
            key = self._keys.current
            try:
                answer = await call(self._clients[key])
            except _NoAnswer as none:
                return none.known
            except stripe.AuthenticationError as error:
                if not self._keys.refused(key):
                    return NotSent(f"401 {error.user_message or ''}")
                continue
            except stripe.StripeError as error:
                return _failed(error)
            response = answer.last_response
            assert response is not None, "an object that was asked for has the answer it came in"
            return str(response.body).encode()

    async def close(self) -> None:
        await self._line.close()


def _failed(error: stripe.StripeError) -> Failure | NotSent | OutcomeUnknown:
    status = error.http_status or 0
    said = error.error
    code = (said.code or said.type or "") if said is not None else ""
    if status in _NOT_LOOKED_AT:
        return NotSent(f"{status} {code}")
    # A key that is in use, or was used for something else: asking tells what became of that.
    # Without Stripe's own error it was not Stripe that answered, but something on the way.
    if status == 409 or isinstance(error, stripe.IdempotencyError) or said is None or not status:
        return OutcomeUnknown(f"{status} {code}")
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    stored = headers.get("idempotent-replayed") == "true"
    body = (error.http_body or "").encode()
    return Failure(status, code, error.user_message or "", body, stored)
