"""Rules of accounts: how an e-mail address is written, and what roles allow."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable
from functools import cache

from tradewind.contracts.user import ROLES
from tradewind.kernel.errors import Forbidden, Invalid

ADMINISTRATOR = "administrator"
CUSTOMER = "customer"


def normalised_email(email: str) -> str:
    """As it is stored and compared. Providers that tell upper from lower case are not in use."""
    return unicodedata.normalize("NFC", email.strip()).lower()


@cache
def permissions_of(roles: tuple[str, ...]) -> frozenset[str]:
    """A role that this version does not know allows nothing."""
    return frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))


def permissions_of_key(scopes: Iterable[str], roles: tuple[str, ...]) -> list[str]:
    """A key may never do more than its owner may at this moment."""
    return sorted(permissions_of(roles).intersection(scopes))


def checked_roles(roles: Collection[str]) -> list[str]:
    """Sorted, each once. Raises Invalid for one that does not exist."""
    unknown = sorted(set(roles) - set(ROLES))
    if unknown or not roles:
        raise Invalid("role_unknown", f"roles are {', '.join(sorted(ROLES))}", field="roles")
    return sorted(set(roles))


def may_change_roles(permissions: Collection[str], before: Iterable[str], after: Iterable[str]) -> None:
    """Nobody gives or takes a role that allows more than they may themselves. Raises Forbidden."""
    changed = set(before) ^ set(after)
    above = sorted(role for role in changed if not ROLES.get(role, frozenset()) <= set(permissions))
    if above:
        raise Forbidden(
            "role_above_own", f"giving or taking {', '.join(above)} needs every permission that it holds"
        )


def checked_scopes(scopes: Collection[str], permissions: Collection[str]) -> list[str]:
    """Sorted, each once. Raises Forbidden for one that the creator does not hold."""
    above = sorted(set(scopes) - set(permissions))
    if above:
        raise Forbidden("scope_above_own", f"you do not hold {', '.join(above)} yourself")
    return sorted(set(scopes))
