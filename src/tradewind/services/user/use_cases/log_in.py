from __future__ import annotations

from tradewind.kernel.idempotency import Once
from tradewind.services.user.deps import Deps
from tradewind.services.user.domain.accounts import normalised_email
from tradewind.services.user.shapes import Credentials, SignedIn
from tradewind.services.user.signing_in import Client, credentials_invalid, open_session, prove_password
from tradewind.services.user.store import accounts, failures


async def log_in(deps: Deps, command: Credentials, client: Client, once: Once) -> SignedIn:
    """A new session. Raises Unauthenticated `credentials_invalid`, whichever of the two was wrong.

    After repeated failures even the right password is refused for a short while, with the same answer.
    """
    proven = await prove_password(deps, normalised_email(command.email), command.password, client)
    if proven is None:
        raise credentials_invalid()
    async with deps.db.begin() as tx:
        if proven.new_hash is not None:
            await accounts.renew_hash(tx, proven.account.account_id, proven.password_version, proven.new_hash)
        await failures.forget_failures(tx, proven.subject, proven.source)
        signed_in = await open_session(deps, tx, proven.account, proven.password_version, client)
        return await once.answer(tx, signed_in)
