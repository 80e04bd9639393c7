from __future__ import annotations

from tradewind.contracts.user import PasswordChanged
from tradewind.kernel.errors import Invalid
from tradewind.kernel.idempotency import Once
from tradewind.services.user import queries, tokens
from tradewind.services.user.deps import Deps
from tradewind.services.user.domain.passwords import checked_password
from tradewind.services.user.shapes import ResetConfirmation
from tradewind.services.user.signing_in import failures_subject
from tradewind.services.user.store import accounts, failures, resets, sessions


async def confirm_password_reset(deps: Deps, command: ResetConfirmation, once: Once) -> None:
    """Set a new password by a token from a mail. Ends every session, other resets, and any pause. Raises Invalid."""
    token_hash = tokens.token_hash(command.token)
    found = await queries.usable_reset(deps, token_hash)
    if found is None:
        raise _token_invalid()
    chosen = checked_password(command.new_password, found.email, "new_password")
    async with deps.passwords.turn():
        password_hash = await deps.passwords.hash(chosen)
    async with deps.db.begin() as tx:
        account = await accounts.lock_account(tx, found.account_id)
        if not await resets.use_reset(tx, token_hash, deps.clock.now()):
            raise _token_invalid()
        await accounts.set_password(tx, found.account_id, password_hash)
        await sessions.delete_sessions(tx, found.account_id)
        await resets.void_resets(tx, found.account_id)
        await failures.forget_failures(tx, failures_subject(deps, account.customer.email))
        await deps.outbox.append(tx, PasswordChanged(found.account_id, account.customer.email))
        return await once.answer(tx, None)


def _token_invalid() -> Invalid:
    return Invalid(
        "reset_token_invalid", "this link was used, or is too old: ask for a new one", field="token"
    )
