"""What the user service publishes, and what it does on what it hears: its own note that a reset was asked for."""

from __future__ import annotations

from uuid import UUID

from tradewind.contracts.user import AccountClosed, PasswordChanged, PasswordResetRequested, UserRegistered
from tradewind.kernel.events import Event
from tradewind.kernel.service import Subscription
from tradewind.kernel.telemetry import log
from tradewind.ports.database import Transaction
from tradewind.services.user import tokens
from tradewind.services.user.deps import Deps
from tradewind.services.user.store import accounts, resets


class PasswordResetAsked(Event, tag="user.password_reset_asked"):
    """Somebody typed this address, which may have no account. For this service alone: see the use case."""

    asked_id: UUID
    email: str


async def on_password_reset_asked(deps: Deps, tx: Transaction, event: PasswordResetAsked) -> None:
    """Where there is such an account, and no other reset a moment ago, make a token and have it mailed."""
    account = await accounts.lock_account_by_email(tx, event.email)
    if account is None:
        return
    account_id, now = account.customer.account_id, deps.clock.now()
    token = tokens.new_token(tokens.RESET)
    if not await resets.insert_reset(tx, deps.clock.new_id(), account_id, tokens.token_hash(token), now):
        return
    if deps.settings.show_reset_tokens:
        log.warning("password_reset_token", account_id=str(account_id), token=token)
    sealed = deps.reset_sealer.seal(token.encode(), str(account_id))
    customer = account.customer
    await deps.outbox.append(
        tx, PasswordResetRequested(account_id, customer.email, sealed, customer.language)
    )


PUBLISHES: tuple[type[Event], ...] = (
    UserRegistered,
    PasswordResetRequested,
    PasswordResetAsked,
    PasswordChanged,
    AccountClosed,
)
SUBSCRIPTIONS = (Subscription(PasswordResetAsked, on_password_reset_asked),)
