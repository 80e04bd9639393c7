"""Who is calling, and how one process tells another: a short signed token that never leaves the platform."""

from __future__ import annotations

import time
from typing import Literal, TypeVar
from uuid import UUID

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from tradewind.kernel.errors import Unauthenticated

TOKEN_LIFETIME_SECONDS = 120
SESSION_COOKIE = "__Host-tradewind"  # a browser's session token: set by the pages, read by the gateway

K = TypeVar("K")
V = TypeVar("V")


class Principal(msgspec.Struct, frozen=True, omit_defaults=True):
    """`account_id` is None for a guest. `permissions` are names such as `orders:write`.

    kind `service` is another part of the platform, acting on nobody's behalf.
    """

    kind: Literal["guest", "account", "api_key", "service"] = "guest"
    account_id: UUID | None = None
    permissions: frozenset[str] = frozenset()
    client_address: str = ""

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    @property
    def name(self) -> str:
        """How audit records and limits name this caller."""
        return f"{self.kind}:{self.account_id}" if self.account_id else f"{self.kind}:{self.client_address}"


GUEST = Principal()
SERVICE = Principal(kind="service")


class InternalTokens:
    """Mints and verifies HS256 tokens under a key that every process of one installation shares.

    Both directions are cached for half a lifetime, so that signing is not paid a request.
    """

    def __init__(self, secret_key: str) -> None:
        self._key = OctKey.import_key(secret_key)
        self._minted: dict[Principal, tuple[float, str]] = {}
        self._verified: dict[str, tuple[float, Principal]] = {}

    def mint(self, principal: Principal) -> str:
        now = time.time()
        cached = self._minted.get(principal)
        if cached is not None and cached[0] > now:
            return cached[1]
        claims = {
            "iss": "tradewind",
            "exp": int(now + TOKEN_LIFETIME_SECONDS),
            "principal": msgspec.to_builtins(principal, str_keys=True),
        }
        claims["principal"]["permissions"] = sorted(principal.permissions)
        token = jwt.encode({"alg": "HS256"}, claims, self._key)
        _bounded(self._minted)[principal] = (now + TOKEN_LIFETIME_SECONDS / 2, token)
        return token

    def verify(self, token: str) -> Principal:
        """Raises Unauthenticated for a token that is forged, foreign or too old."""
        now = time.time()
        cached = self._verified.get(token)
        if cached is not None and cached[0] > now:
            return cached[1]
        try:
            decoded = jwt.decode(token, self._key, algorithms=["HS256"])
            jwt.JWTClaimsRegistry(
                exp={"essential": True}, iss={"essential": True, "value": "tradewind"}
            ).validate(decoded.claims)
            principal = msgspec.convert(decoded.claims["principal"], Principal)
        except (JoseError, ValueError, KeyError, msgspec.ValidationError) as error:
            raise Unauthenticated(
                "internal_token_invalid", f"the internal token is not valid: {error}"
            ) from error
        expires = min(float(decoded.claims["exp"]), now + TOKEN_LIFETIME_SECONDS / 2)
        _bounded(self._verified)[token] = (expires, principal)
        return principal


def _bounded(cache: dict[K, V]) -> dict[K, V]:
    if len(cache) > 10_000:
        cache.clear()
    return cache
