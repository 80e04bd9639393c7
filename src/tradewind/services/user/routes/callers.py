"""Who is calling: the account, the session's token, the client."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tradewind.kernel.errors import Forbidden, Unauthenticated
from tradewind.kernel.http import Call
from tradewind.services.user.signing_in import Client

API_KEY_REFUSED = (Forbidden, "api_key_not_allowed")


def account_id(call: Call[Any, Any]) -> UUID:
    """For routes whose policy is ACCOUNT."""
    assert call.principal.account_id is not None, "the policy lets only accounts and their keys pass"
    return call.principal.account_id


def signed_in_account_id(call: Call[Any, Any]) -> UUID:
    """Of a session: a key that leaks must not turn into a password, a session or another key."""
    if call.principal.kind != "account":
        raise Forbidden(
            "api_key_not_allowed", "an API key cannot manage sessions, passwords or API keys: log in for that"
        )
    return account_id(call)


def session_token(call: Call[Any, Any]) -> str | None:
    """What the Authorization header bears."""
    kind, _, token = call.headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    return token.strip() if kind.lower() == "bearer" and token.strip() else None


def required_session_token(call: Call[Any, Any]) -> str:
    """Raises Unauthenticated without one."""
    token = session_token(call)
    if token is None:
        raise Unauthenticated(
            "session_required", "send the session's token, as in `Authorization: Bearer tws_...`"
        )
    return token


def client(call: Call[Any, Any]) -> Client:
    agent = call.headers.get(b"user-agent", b"").decode("latin-1")
    shown = "".join(character for character in agent if character.isprintable())
    return Client(call.principal.client_address[:64], shown[:200])
