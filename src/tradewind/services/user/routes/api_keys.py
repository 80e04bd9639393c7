"""The caller's API keys. Only a session manages them."""

from __future__ import annotations

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tradewind.kernel.http import ACCOUNT, Call, Route
from tradewind.services.user import queries
from tradewind.services.user.deps import Deps
from tradewind.services.user.routes.callers import API_KEY_REFUSED, signed_in_account_id
from tradewind.services.user.shapes import ApiKeyEntry, ApiKeyRequest, NewApiKey
from tradewind.services.user.use_cases.create_api_key import create_api_key
from tradewind.services.user.use_cases.revoke_api_key import revoke_api_key


async def get_api_keys(deps: Deps, call: Call[None, None]) -> Page[ApiKeyEntry]:
    return await queries.api_keys(deps, signed_in_account_id(call))


async def post_api_key(deps: Deps, call: Call[ApiKeyRequest, None]) -> NewApiKey:
    caller = signed_in_account_id(call)
    return await create_api_key(deps, caller, call.principal.permissions, call.body, call.once)


async def delete_api_key(deps: Deps, call: Call[None, None]) -> None:
    await revoke_api_key(deps, signed_in_account_id(call), call.uuid("api_key_id"), call.once)


ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/v1/me/api-keys",
        get_api_keys,
        ACCOUNT,
        "My API keys",
        answer=Page[ApiKeyEntry],
        errors=(API_KEY_REFUSED,),
    ),
    Route(
        "POST",
        "/v1/me/api-keys",
        post_api_key,
        ACCOUNT,
        "Create an API key; it is shown this once",
        answer=NewApiKey,
        body=ApiKeyRequest,
        status=201,
        errors=(
            API_KEY_REFUSED,
            (Forbidden, "scope_above_own"),
            (Invalid, "expiry_invalid"),
            (Conflict, "too_many_api_keys"),
            (NotFound, "account_not_found"),
        ),
        example={"name": "nightly export", "scopes": ["orders:read"]},
        secret=True,
    ),
    Route(
        "DELETE",
        "/v1/me/api-keys/{api_key_id}",
        delete_api_key,
        ACCOUNT,
        "Revoke an API key",
        status=204,
        errors=(API_KEY_REFUSED, (NotFound, "api_key_not_found")),
    ),
)
