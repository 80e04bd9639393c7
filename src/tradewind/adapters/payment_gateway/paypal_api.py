"""PayPal's HTTP: an access token that is kept while it is good, and each answer as what is known by it."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from tradewind.adapters.payment_gateway.exchange import Exchange, Keys, Reply
from tradewind.ports.payment_gateway import NotSent, OutcomeUnknown, Rejected

# A token is left alone a while before it ends, so that it does not end on its way.
TOKEN_MARGIN_SECONDS = 60.0
# Refused before it was looked at.
_NOT_LOOKED_AT = (401, 403, 429)
_JSON = {"content-type": "application/json", "prefer": "return=representation"}

T = TypeVar("T")


class _Token(msgspec.Struct):
    access_token: str
    expires_in: float


class _Detail(msgspec.Struct):
    issue: str = ""
    description: str = ""


class _Problem(msgspec.Struct):
    name: str = ""
    message: str = ""
    details: list[_Detail] = []


@dataclass(frozen=True, slots=True)
class Refusal:
    """PayPal refused. `issue` is the word that its documentation has for why."""

    status: int
    issue: str
    message: str

    @property
    def rejected(self) -> Rejected:
        return Rejected(self.issue.lower(), self.message)


class PayPal:
    """One account. `keys` are its `client id:secret`, the first in use."""

    def __init__(self, url: str, keys: tuple[str, ...], line: Exchange) -> None:
        self._url, self._line, self._keys = url, line, Keys(keys)
        self._token, self._good_until = "", 0.0
        self._fetching = asyncio.Lock()

    async def ask(
        self,
        method: str,
        path: str,
        shape: type[T],
        body: Any = None,
        request_id: str | None = None,
        content: tuple[str, bytes] | None = None,
    ) -> T | Refusal | NotSent | OutcomeUnknown:
        """One request. `request_id` makes a repeat of it answer what the first did; `content` is a body that
        is no JSON, with its type. An answer without a body is an empty object."""
        headers = dict(_JSON)
        if request_id is not None:
            headers["paypal-request-id"] = request_id
        data = None if body is None else msgspec.json.encode(body)
        if content is not None:
            headers["content-type"], data = content
        reply = await self._with_token(method, path, headers, data)
        if isinstance(reply, Reply) and reply.status == 401:
            self._good_until = 0.0  # it was taken back before its time
            reply = await self._with_token(method, path, headers, data)
        return _known(reply, shape) if isinstance(reply, Reply) else reply

    async def get(self, url: str) -> Reply | NotSent | OutcomeUnknown:
        """Something that anybody may have."""
        return await self._line.send("GET", url, {})

    async def close(self) -> None:
        await self._line.close()

    async def _with_token(
        self, method: str, path: str, headers: Mapping[str, str], data: bytes | None
    ) -> Reply | NotSent | OutcomeUnknown:
        token = await self._token_now()
        if not isinstance(token, str):
            return token
        return await self._line.send(
            method, self._url + path, {**headers, "authorization": f"Bearer {token}"}, data
        )

    async def _token_now(self) -> str | NotSent:
        """Fetched by one for all who wait for it. Without one nothing was sent."""
        async with self._fetching:
            while time.monotonic() >= self._good_until:
                key = self._keys.current
                reply = await self._line.send(
                    "POST", f"{self._url}/v1/oauth2/token", _basic(key), b"grant_type=client_credentials"
                )
                if not isinstance(reply, Reply):
                    return NotSent(f"no access token: {reply.reason}")
                if reply.status == 401 and self._keys.refused(key):
                    continue
                token = _decoded(reply.body, _Token) if reply.status == 200 else None
                if not isinstance(token, _Token):
                    return NotSent(f"no access token: {reply.status}")
                self._token = token.access_token
                self._good_until = time.monotonic() + max(token.expires_in - TOKEN_MARGIN_SECONDS, 1.0)
            return self._token


def _basic(key: str) -> Mapping[str, str]:
    sealed = base64.b64encode(key.encode()).decode()
    return {"authorization": f"Basic {sealed}", "content-type": "application/x-www-form-urlencoded"}


def _known(reply: Reply, shape: type[T]) -> T | Refusal | NotSent | OutcomeUnknown:
    if reply.status < 300:
        return _decoded(reply.body or b"{}", shape)
    problem = _decoded(reply.body, _Problem)
    if not isinstance(problem, _Problem) or not problem.name:
        # Without a problem's name it was not PayPal that answered, but something on the way.
        return (
            NotSent(f"{reply.status}")
            if reply.status in _NOT_LOOKED_AT
            else OutcomeUnknown(f"{reply.status}")
        )
    detail = problem.details[0] if problem.details else _Detail()
    issue = detail.issue or problem.name
    if reply.status in _NOT_LOOKED_AT:
        return NotSent(f"{reply.status} {issue}")
    # A request with this id is under way, or the request before it on this payment is.
    if reply.status >= 500 or reply.status == 409:
        return OutcomeUnknown(f"{reply.status} {issue}")
    return Refusal(reply.status, issue, detail.description or problem.message)


def _decoded(body: bytes, shape: type[T]) -> T | OutcomeUnknown:
    """An answer that cannot be read came after something happened: what, must be asked."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return OutcomeUnknown(f"the answer cannot be read: {error}")
