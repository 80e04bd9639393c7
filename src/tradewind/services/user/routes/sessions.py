"""Log in, log out, and see where one is logged in."""

from __future__ import annotations

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Invalid, NotFound, TooManyRequests, Unauthenticated
from tradewind.kernel.http import ACCOUNT, PUBLIC, Call, Route
from tradewind.services.user import queries, tokens
from tradewind.services.user.deps import Deps
from tradewind.services.user.routes.callers import (
    API_KEY_REFUSED,
    client,
    required_session_token,
    session_token,
    signed_in_account_id,
)
from tradewind.services.user.shapes import Credentials, Refreshed, SessionEntry, SessionsQuery, SignedIn
from tradewind.services.user.use_cases.log_in import log_in
from tradewind.services.user.use_cases.log_out import log_out
from tradewind.services.user.use_cases.log_out_everywhere import log_out_everywhere
from tradewind.services.user.use_cases.refresh_session import refresh_session
from tradewind.services.user.use_cases.revoke_session import revoke_session

_SESSION_REQUIRED = (Unauthenticated, "session_required")


async def post_session(deps: Deps, call: Call[Credentials, None]) -> SignedIn:
    return await log_in(deps, call.body, client(call), call.once)


async def delete_current_session(deps: Deps, call: Call[None, None]) -> None:
    await log_out(deps, signed_in_account_id(call), required_session_token(call), call.once)


async def delete_all_sessions(deps: Deps, call: Call[None, None]) -> None:
    await log_out_everywhere(deps, signed_in_account_id(call), call.once)


async def delete_session(deps: Deps, call: Call[None, None]) -> None:
    await revoke_session(deps, signed_in_account_id(call), call.uuid("session_id"), call.once)


async def post_refresh(deps: Deps, call: Call[None, None]) -> Refreshed:
    return await refresh_session(deps, signed_in_account_id(call), required_session_token(call), call.once)


async def get_sessions(deps: Deps, call: Call[None, SessionsQuery]) -> Page[SessionEntry]:
    current = tokens.token_hash(session_token(call) or "")
    return await queries.sessions(deps, signed_in_account_id(call), current, call.query)


ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        "/v1/sessions",
        post_session,
        PUBLIC,
        "Log in",
        answer=SignedIn,
        body=Credentials,
        status=201,
        errors=((Unauthenticated, "credentials_invalid"), (TooManyRequests, "sign_in_busy")),
        example={"email": "ada@example.com", "password": "seven lean cows graze"},
        secret=True,
        cost=5,
    ),
    Route(
        "GET",
        "/v1/sessions",
        get_sessions,
        ACCOUNT,
        "Where I am logged in",
        answer=Page[SessionEntry],
        query=SessionsQuery,
        errors=(API_KEY_REFUSED, (Invalid, "cursor_invalid")),
    ),
    Route(
        "DELETE",
        "/v1/sessions",
        delete_all_sessions,
        ACCOUNT,
        "Log out everywhere",
        status=204,
        errors=(API_KEY_REFUSED, (NotFound, "account_not_found")),
    ),
    Route(
        "DELETE",
        "/v1/sessions/current",
        delete_current_session,
        ACCOUNT,
        "Log out",
        status=204,
        errors=(API_KEY_REFUSED, _SESSION_REQUIRED),
    ),
    Route(
        "POST",
        "/v1/sessions/refresh",
        post_refresh,
        ACCOUNT,
        "Have another token for this session; the old one ends",
        answer=Refreshed,
        errors=(API_KEY_REFUSED, _SESSION_REQUIRED, (Unauthenticated, "session_invalid")),
        secret=True,
    ),
    Route(
        "DELETE",
        "/v1/sessions/{session_id}",
        delete_session,
        ACCOUNT,
        "Log out elsewhere",
        status=204,
        errors=(API_KEY_REFUSED, (NotFound, "session_not_found")),
    ),
)
