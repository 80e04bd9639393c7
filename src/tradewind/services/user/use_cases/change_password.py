from __future__ import annotations

from uuid import UUID

from tradewind.contracts.user import PasswordChanged
from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.services.user import queries, tokens
from tradewind.services.user.deps import Deps
from tradewind.services.user.domain.passwords import checked_password
from tradewind.services.user.domain.throttling import SESSION
from tradewind.services.user.shapes import PasswordChange
from tradewind.services.user.signing_in import Client, prove_password
from tradewind.services.user.store import accounts, failures, resets, sessions


async def change_password(
    deps: Deps, account_id: UUID, token: str | None, command: PasswordChange, client: Client, once: Once
) -> None:
    """Ends every session but that of `token`, and every reset asked for. API keys stay: they have their list.

    Raises Invalid; the current password cannot be guessed at faster here than at log-in.
    """
    await once.replay(deps.db)  # a repeat would find the old password wrong, and count it as a guess
    email = (await queries.customer_by_id(deps, account_id)).email
    chosen = checked_password(command.new_password, email, "new_password")
    proven = await prove_password(deps, email, command.current_password, client, source=SESSION)
    if proven is None:
        raise Invalid(
            "current_password_wrong",
            "this is not your current password, or it was wrong too often: try again in a minute",
            field="current_password",
        )
    async with deps.passwords.turn():
        password_hash = await deps.passwords.hash(chosen)
    async with deps.db.begin() as tx:
        account = await accounts.lock_account(tx, account_id)
        if account.password_version != proven.password_version:
            raise Conflict("password_changed_meanwhile", "the password was changed elsewhere just now")
        await accounts.set_password(tx, account_id, password_hash)
        await sessions.delete_sessions(tx, account_id, but=tokens.token_hash(token) if token else None)
        await resets.void_resets(tx, account_id)
        await failures.forget_failures(tx, proven.subject)
        await deps.outbox.append(tx, PasswordChanged(account_id, email))
        return await once.answer(tx, None)
