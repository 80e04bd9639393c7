from __future__ import annotations

from tradewind.contracts.user import UserRegistered
from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import CheckViolation, UniqueViolation
from tradewind.services.user.deps import Deps
from tradewind.services.user.domain.accounts import CUSTOMER, normalised_email
from tradewind.services.user.domain.passwords import checked_password
from tradewind.services.user.shapes import Customer, Registration, SignedIn
from tradewind.services.user.signing_in import Client, open_session
from tradewind.services.user.store import accounts


async def register_account(deps: Deps, command: Registration, client: Client, once: Once) -> SignedIn:
    """A customer's account and its first session. Raises Invalid, or Conflict `email_taken`.

    `email_taken` tells whoever asks that an address has an account here. Hiding it would mean that nobody
    is signed in before a mail arrives, and shoppers leave at that point; so it is told, as shops do, behind
    the gateway's limits (the route costs ten requests) and a hash that each try has to pay for.
    """
    email = normalised_email(command.email)
    password = checked_password(command.password, email)
    async with deps.passwords.turn():
        password_hash = await deps.passwords.hash(password)
    account = Customer(
        deps.clock.new_id(), email, command.name.strip(), command.language, [CUSTOMER], deps.clock.now()
    )
    try:
        async with deps.db.begin() as tx:
            await accounts.insert_account(tx, account, password_hash)
            signed_in = await open_session(deps, tx, account, 1, client)
            await deps.outbox.append(
                tx, UserRegistered(account.account_id, email, account.name, account.language)
            )
            return await once.answer(tx, signed_in)
    except UniqueViolation as violation:
        if violation.constraint != "accounts_email_key":
            raise
        raise Conflict(
            "email_taken",
            "there is an account with this address: log in, or reset its password",
            field="email",
        ) from violation
    except CheckViolation as violation:
        if violation.constraint != "accounts_email_lower":
            raise
        raise Invalid("email_invalid", "use the address's usual spelling", field="email") from violation
