"""Registration, the caller's own account, its password."""

from __future__ import annotations

from tradewind.kernel.errors import Conflict, Invalid, NotFound, TooManyRequests
from tradewind.kernel.http import ACCOUNT, PUBLIC, Call, Route
from tradewind.services.user import queries
from tradewind.services.user.deps import Deps
from tradewind.services.user.routes.callers import (
    API_KEY_REFUSED,
    account_id,
    client,
    session_token,
    signed_in_account_id,
)
from tradewind.services.user.shapes import (
    Customer,
    Me,
    PasswordChange,
    ProfileChange,
    Registration,
    ResetAccepted,
    ResetConfirmation,
    ResetRequest,
    SignedIn,
)
from tradewind.services.user.use_cases.change_password import change_password
from tradewind.services.user.use_cases.close_account import close_account
from tradewind.services.user.use_cases.confirm_password_reset import confirm_password_reset
from tradewind.services.user.use_cases.register_account import register_account
from tradewind.services.user.use_cases.request_password_reset import request_password_reset
from tradewind.services.user.use_cases.update_profile import update_profile

_PASSWORD_REFUSED = (
    (Invalid, "password_too_short"),
    (Invalid, "password_too_long"),
    (Invalid, "password_too_common"),
    (Invalid, "password_is_email"),
    (TooManyRequests, "sign_in_busy"),
)
_NOT_FOUND = (NotFound, "account_not_found")


async def post_account(deps: Deps, call: Call[Registration, None]) -> SignedIn:
    return await register_account(deps, call.body, client(call), call.once)


async def get_me(deps: Deps, call: Call[None, None]) -> Me:
    account = await queries.customer_by_id(deps, account_id(call))
    return Me(account, sorted(call.principal.permissions))


async def patch_me(deps: Deps, call: Call[ProfileChange, None]) -> Customer:
    return await update_profile(deps, account_id(call), call.body, call.once)


async def delete_me(deps: Deps, call: Call[None, None]) -> None:
    await close_account(deps, signed_in_account_id(call), None, call.once)


async def post_password(deps: Deps, call: Call[PasswordChange, None]) -> None:
    caller, token = signed_in_account_id(call), session_token(call)
    await change_password(deps, caller, token, call.body, client(call), call.once)


async def post_password_reset(deps: Deps, call: Call[ResetRequest, None]) -> ResetAccepted:
    return await request_password_reset(deps, call.body, call.once)


async def post_password_reset_confirmation(deps: Deps, call: Call[ResetConfirmation, None]) -> None:
    await confirm_password_reset(deps, call.body, call.once)


ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        "/v1/accounts",
        post_account,
        PUBLIC,
        "Register, and be logged in",
        answer=SignedIn,
        body=Registration,
        status=201,
        errors=((Conflict, "email_taken"), (Invalid, "email_invalid"), *_PASSWORD_REFUSED),
        example={
            "email": "ada@example.com",
            "password": "seven lean cows graze",
            "name": "Ada Lovelace",
            "language": "en",
        },
        secret=True,
        cost=10,
    ),
    Route("GET", "/v1/me", get_me, ACCOUNT, "Who am I, and what may I do", answer=Me, errors=(_NOT_FOUND,)),
    Route(
        "PATCH",
        "/v1/me",
        patch_me,
        ACCOUNT,
        "Change my name or language",
        answer=Customer,
        body=ProfileChange,
        errors=(_NOT_FOUND,),
        example={"name": "Ada King", "language": "de"},
    ),
    Route(
        "DELETE",
        "/v1/me",
        delete_me,
        ACCOUNT,
        "Close my account for good",
        status=204,
        errors=(API_KEY_REFUSED, _NOT_FOUND, (Conflict, "last_administrator")),
    ),
    Route(
        "POST",
        "/v1/me/password",
        post_password,
        ACCOUNT,
        "Change my password; ends all my other sessions",
        body=PasswordChange,
        status=204,
        errors=(
            API_KEY_REFUSED,
            _NOT_FOUND,
            (Invalid, "current_password_wrong"),
            (Conflict, "password_changed_meanwhile"),
            *_PASSWORD_REFUSED,
        ),
        example={"current_password": "seven lean cows graze", "new_password": "seven fat cows graze"},
        secret=True,
        cost=10,
    ),
    Route(
        "POST",
        "/v1/password-resets",
        post_password_reset,
        PUBLIC,
        "Ask for a mail to set a new password; the answer does not tell whether there is such an account",
        answer=ResetAccepted,
        body=ResetRequest,
        status=202,
        example={"email": "ada@example.com"},
        cost=10,
    ),
    Route(
        "POST",
        "/v1/password-resets/confirm",
        post_password_reset_confirmation,
        PUBLIC,
        "Set a new password by the token from the mail; ends all sessions",
        body=ResetConfirmation,
        status=204,
        errors=((Invalid, "reset_token_invalid"), *_PASSWORD_REFUSED, _NOT_FOUND),
        example={
            "token": "twr_3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "new_password": "seven fat cows graze",
        },
        secret=True,
        cost=10,
    ),
)
