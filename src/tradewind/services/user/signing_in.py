"""What log-in, registration and a change of password share: proving a password, and beginning a session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tradewind.kernel.errors import Unauthenticated
from tradewind.ports.database import Transaction
from tradewind.services.user import queries, tokens
from tradewind.services.user.deps import Deps
from tradewind.services.user.domain.passwords import normalised_password
from tradewind.services.user.domain.throttling import client_network
from tradewind.services.user.shapes import Customer, SignedIn
from tradewind.services.user.store import failures, sessions


@dataclass(frozen=True)
class Client:
    """Where a request came from, for the list of sessions and for throttling."""

    address: str
    user_agent: str


@dataclass(frozen=True)
class Proven:
    """A password that was right a moment ago. `new_hash` is set when its hash needs renewing."""

    account: Customer
    password_version: int
    subject: bytes
    source: str
    new_hash: str | None


async def prove_password(
    deps: Deps, email: str, password: str, client: Client, *, source: str | None = None
) -> Proven | None:
    """None for an unknown address, a wrong password, and any password while a pause is on.

    These three do the same work: one look at the account, one at its failures, one Argon2id run (against
    a dummy for want of an account), one write keyed by a MAC of the address. All of it happens within
    one turn, so that guesses sent at once overrun the limit by no more than there are hashing threads.
    """
    given, subject = normalised_password(password), failures_subject(deps, email)
    async with deps.passwords.turn():
        claimant = await queries.claimant(deps, email, client_network(client.address))
        counted_for = source or claimant.source
        paused = await queries.pause_is_on(deps, subject, counted_for)
        right = await deps.passwords.verify(claimant.password_hash, given)
        if paused or not right or claimant.account is None or claimant.password_hash is None:
            await failures.record_failure(deps.db, subject, counted_for, deps.clock.now())
            return None
        outdated = deps.passwords.outdated(claimant.password_hash)
        new_hash = await deps.passwords.hash(given) if outdated else None
    return Proven(claimant.account, claimant.password_version, subject, counted_for, new_hash)


def failures_subject(deps: Deps, email: str) -> bytes:
    """Not the address itself: people type their password into the wrong field."""
    return deps.sealer.mac(email.encode())


async def open_session(
    deps: Deps, tx: Transaction, account: Customer, password_version: int, client: Client
) -> SignedIn:
    """Raises Unauthenticated when the account was closed, or its password changed, since it was proven."""
    now, token = deps.clock.now(), tokens.new_token(tokens.SESSION)
    session = sessions.NewSession(
        deps.clock.new_id(),
        account.account_id,
        tokens.token_hash(token),
        now,
        now + timedelta(days=deps.settings.session_days),
        client.address,
        client_network(client.address),
        client.user_agent,
    )
    if not await sessions.insert_session(tx, session, password_version):
        raise credentials_invalid()
    idle_expires_at = min(now + timedelta(days=deps.settings.idle_days), session.expires_at)
    return SignedIn(account, session.session_id, token, session.expires_at, idle_expires_at)


def credentials_invalid() -> Unauthenticated:
    return Unauthenticated("credentials_invalid", "the e-mail address or the password is wrong")


def session_invalid() -> Unauthenticated:
    return Unauthenticated("session_invalid", "this session has ended: log in again")
