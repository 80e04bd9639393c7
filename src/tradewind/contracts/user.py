"""What the user service promises the others: who a credential belongs to, and what happened to accounts."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

import msgspec

from tradewind.kernel.events import Event

PERMISSIONS: dict[str, str] = {
    "products:read": "see drafts and archived products",
    "products:write": "create, change, archive, import products",
    "inventory:read": "see stock by warehouse and its ledger",
    "inventory:write": "adjust and receive stock, manage warehouses",
    "orders:read": "see every order",
    "orders:write": "cancel orders, manage discounts",
    "orders:fulfil": "fulfil orders",
    "payments:read": "see payments and the ledger",
    "payments:write": "capture, void and refund",
    "customers:read": "see customers",
    "customers:write": "change customers' roles, close accounts",
    "operations:write": "see and replay parked events",
    "reviews:write": "publish and refuse customers' reviews",
    "messages:read": "see the mails that were sent, and the templates",
    "messages:write": "send a mail again",
    "search:write": "see what is searched for, manage synonyms, rebuild the index",
    "reports:read": "see reports of sales and behaviour",
}
ROLES: dict[str, frozenset[str]] = {
    "customer": frozenset(),
    "support": frozenset(
        {
            "orders:read",
            "orders:write",
            "payments:read",
            "payments:write",
            "customers:read",
            "messages:read",
            "messages:write",
            "products:read",
            "inventory:read",
            "reviews:write",
        }
    ),
    "catalogue_manager": frozenset(
        {"products:read", "products:write", "inventory:read", "reviews:write", "search:write", "reports:read"}
    ),
    "warehouse": frozenset(
        {"inventory:read", "inventory:write", "orders:read", "orders:fulfil", "products:read"}
    ),
    "administrator": frozenset(PERMISSIONS),
}


class Authenticated(msgspec.Struct, frozen=True, tag="authenticated"):
    """`kind` is `account` for a session, `api_key` for a key, whose permissions its scopes narrow."""

    kind: str
    account_id: UUID
    permissions: list[str]


class NotAuthenticated(msgspec.Struct, frozen=True, tag="not_authenticated"):
    """The credential is unknown, revoked or expired; which of these is not told."""


class Account(msgspec.Struct, frozen=True, tag="account"):
    account_id: UUID
    email: str
    name: str
    roles: list[str]
    language: str = "en"


class UnknownAccount(msgspec.Struct, frozen=True, tag="unknown_account"):
    pass


class User(Protocol):
    async def authenticate(self, credential: str) -> Authenticated | NotAuthenticated:
        """Whose session token or API key this is. One indexed read."""
        ...

    async def account(self, account_id: UUID) -> Account | UnknownAccount: ...


class UserRegistered(Event, tag="user.registered"):
    account_id: UUID
    email: str
    name: str
    language: str = "en"


class PasswordResetRequested(Event, tag="user.password_reset_requested"):
    """`sealed_token` opens with Sealer(secret_key, "user.password_reset") at place str(account_id):
    who can read the database cannot reset a password."""

    account_id: UUID
    email: str
    sealed_token: bytes
    language: str = "en"


class PasswordChanged(Event, tag="user.password_changed"):
    account_id: UUID
    email: str


class AccountClosed(Event, tag="user.account_closed"):
    account_id: UUID
