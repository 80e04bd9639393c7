"""What goes in and out of the user service's routes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tradewind.contracts.common import Address, Body, Email, Language, Limit

RoleName = Literal["customer", "support", "catalogue_manager", "warehouse", "administrator"]
PermissionName = Literal[
    "products:read",
    "products:write",
    "inventory:read",
    "inventory:write",
    "orders:read",
    "orders:write",
    "orders:fulfil",
    "payments:read",
    "payments:write",
    "customers:read",
    "customers:write",
    "operations:write",
    "reviews:write",
    "messages:read",
    "messages:write",
    "search:write",
    "reports:read",
]
Line = r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$"  # no blank ends, no control characters
PersonName = Annotated[str, Meta(min_length=1, max_length=120, pattern=Line)]
# Their lengths are checked after normalising (domain/passwords.py); this only bounds the work.
NewPassword = Annotated[str, Meta(max_length=1024, description="8 to 128 characters, not a common one")]
GivenPassword = Annotated[str, Meta(max_length=1024)]
GivenEmail = Annotated[str, Meta(max_length=254)]
GivenToken = Annotated[str, Meta(max_length=128)]
Cursor = Annotated[str, Meta(max_length=200)]


class Registration(Body, frozen=True):
    email: Email
    password: NewPassword
    name: PersonName
    language: Language = "en"


class Credentials(Body, frozen=True):
    email: GivenEmail
    password: GivenPassword


class ProfileChange(Body, frozen=True):
    name: PersonName | UnsetType = UNSET
    language: Language | UnsetType = UNSET


class PasswordChange(Body, frozen=True):
    current_password: GivenPassword
    new_password: NewPassword


class ResetRequest(Body, frozen=True):
    email: Email


class ResetConfirmation(Body, frozen=True):
    token: GivenToken
    new_password: NewPassword


class AddressEntry(Body, frozen=True):
    """`default_*` true makes it the default; false leaves that as it is: a default moves, it never ends."""

    address: Address
    default_shipping: bool = False
    default_billing: bool = False


class ApiKeyRequest(Body, frozen=True):
    """Without scopes a key does what any customer may: its owner's own orders and addresses."""

    name: PersonName
    scopes: Annotated[list[PermissionName], Meta(max_length=50)] = []
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None


class RoleAssignment(Body, frozen=True):
    roles: Annotated[list[RoleName], Meta(min_length=1, max_length=20)]


class Customer(msgspec.Struct, frozen=True):
    """An open account, as its owner and as staff see it."""

    account_id: UUID
    email: str
    name: str
    language: str
    roles: list[str]
    created_at: datetime


class CustomerCounts(msgspec.Struct, frozen=True):
    """Open accounts; `roles` has every role, and an account is in each that it holds."""

    total: int
    registered_in_30_days: int
    roles: dict[str, int]


class Me(msgspec.Struct, frozen=True):
    """`permissions` are those of this call: an API key's are narrowed by its scopes."""

    account: Customer
    permissions: list[str]


class SignedIn(msgspec.Struct, frozen=True):
    """`token` is shown this once. The session ends at `expires_at`, or at `idle_expires_at` if unused."""

    account: Customer
    session_id: UUID
    token: str
    expires_at: datetime
    idle_expires_at: datetime


class Refreshed(msgspec.Struct, frozen=True):
    session_id: UUID
    token: str
    expires_at: datetime
    idle_expires_at: datetime


class SessionEntry(msgspec.Struct, frozen=True):
    """`last_seen_at` is true to the hour."""

    session_id: UUID
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    client_address: str
    user_agent: str
    current: bool


class ResetAccepted(msgspec.Struct, frozen=True):
    """The same whether or not there is such an account. A mail, if any, holds for so long."""

    valid_minutes: int


class SavedAddress(msgspec.Struct, frozen=True):
    address_id: UUID
    address: Address
    default_shipping: bool
    default_billing: bool


class ApiKeyEntry(msgspec.Struct, frozen=True):
    """`prefix` is how the key begins. `last_used_at` is true to the hour."""

    api_key_id: UUID
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class NewApiKey(msgspec.Struct, frozen=True):
    """`token` is shown this once."""

    api_key: ApiKeyEntry
    token: str


class SessionsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    limit: Limit = 50
    cursor: Cursor | None = None


class CustomersQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`q` finds by the beginnings of words, of name and e-mail address; `email` is the beginning of an address."""

    q: Annotated[str, Meta(max_length=200)] | None = None
    email: Annotated[str, Meta(min_length=1, max_length=254)] | None = None
    role: RoleName | None = None
    limit: Limit = 50
    cursor: Cursor | None = None
