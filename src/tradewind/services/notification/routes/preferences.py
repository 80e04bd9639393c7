"""What people want to be told: their account's page, and the links in mails."""

from __future__ import annotations

from tradewind.contracts.common import Language
from tradewind.contracts.user import Account
from tradewind.kernel.errors import Invalid, NotFound
from tradewind.kernel.http import ACCOUNT, PUBLIC, Call, Route
from tradewind.kernel.identity import Principal
from tradewind.services.notification import queries
from tradewind.services.notification.deps import Deps
from tradewind.services.notification.domain import language_of
from tradewind.services.notification.shapes import (
    Choices,
    Preferences,
    Subscribed,
    Unsubscribe,
    UnsubscribeQuery,
)
from tradewind.services.notification.use_cases.change_subscription import change_subscription, subscription
from tradewind.services.notification.use_cases.choose_preferences import choose_preferences


async def get_preferences(deps: Deps, call: Call[None, None]) -> Preferences:
    account = await _account(deps, call.principal)
    return await queries.preferences_of(deps.db, account.email, language_of(account.language))


async def put_preferences(deps: Deps, call: Call[Choices, None]) -> Preferences:
    return await choose_preferences(deps, await _account(deps, call.principal), call.body, call.once)


async def get_unsubscribe(deps: Deps, call: Call[None, UnsubscribeQuery]) -> Subscribed:
    return await subscription(deps, call.query.token, _accepted(call.headers))


async def post_unsubscribe(deps: Deps, call: Call[Unsubscribe, None]) -> Subscribed:
    body = call.body
    return await change_subscription(deps, body.token, body.subscribed, _accepted(call.headers), call.once)


async def post_one_click(deps: Deps, call: Call[bytes, UnsubscribeQuery]) -> Subscribed:
    """RFC 8058: a mail program posts a form to the address as it is; what the form says is always the same."""
    return await change_subscription(deps, call.query.token, False, _accepted(call.headers), call.once)


async def _account(deps: Deps, principal: Principal) -> Account:
    assert principal.account_id is not None, "the policy asks for an account"
    account = await deps.user.account(principal.account_id)
    if not isinstance(account, Account):
        raise NotFound("account_not_found", "there is no such account any more")
    return account


def _accepted(headers: dict[bytes, bytes]) -> Language:
    return language_of(
        headers.get(b"accept-language", b"").decode("latin-1").partition(",")[0].partition(";")[0]
    )


_NO_ACCOUNT = (NotFound, "account_not_found")
_BAD_TOKEN = (NotFound, "subscription_not_found")
PREFERENCE_ROUTES = (
    Route(
        "GET",
        "/v1/me/notification-preferences",
        get_preferences,
        ACCOUNT,
        "Show what the caller is told by mail",
        answer=Preferences,
        errors=(_NO_ACCOUNT,),
    ),
    Route(
        "PUT",
        "/v1/me/notification-preferences",
        put_preferences,
        ACCOUNT,
        "Choose what to be told by mail",
        answer=Preferences,
        body=Choices,
        errors=(_NO_ACCOUNT, (Invalid, "kind_mandatory")),
        example={"items": [{"kind": "order_delivered", "channel": "email", "enabled": False}]},
    ),
    Route(
        "GET",
        "/v1/unsubscribe",
        get_unsubscribe,
        PUBLIC,
        "Show what an unsubscribe link is about",
        answer=Subscribed,
        query=UnsubscribeQuery,
        errors=(_BAD_TOKEN,),
    ),
    Route(
        "POST",
        "/v1/unsubscribe",
        post_unsubscribe,
        PUBLIC,
        "Unsubscribe by the link of a mail, or take that back",
        answer=Subscribed,
        body=Unsubscribe,
        errors=(_BAD_TOKEN,),
        example={"token": "of-the-link-in-the-mail"},
    ),
    Route(
        "POST",
        "/v1/unsubscribe/one-click",
        post_one_click,
        PUBLIC,
        "Unsubscribe as mail programs do (RFC 8058)",
        answer=Subscribed,
        body=bytes,
        query=UnsubscribeQuery,
        errors=(_BAD_TOKEN,),
        max_body_bytes=4096,
    ),
)
