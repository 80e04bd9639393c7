"""Send what is due: each message is lent to one process, tried once, and its outcome recorded."""

from __future__ import annotations

import asyncio

import msgspec

from tradewind.kernel.telemetry import log
from tradewind.ports.mailer import Accepted, Mail, OutcomeUnknown, Refused, SendOutcome
from tradewind.services.notification import rendering
from tradewind.services.notification.deps import Deps
from tradewind.services.notification.domain import pause_after
from tradewind.services.notification.rendering import Reader
from tradewind.services.notification.store import messages
from tradewind.services.notification.store.messages import Lent


async def send_due_messages(deps: Deps) -> int:
    """How many were tried. No more are lent than are sent at once, so that no lease ends in a queue."""
    lent = await messages.lend(deps.db, deps.settings.sends_at_once, deps.clock.now())
    await asyncio.gather(*(_send(deps, message) for message in lent))
    return len(lent)


async def _send(deps: Deps, lent: Lent) -> None:
    try:
        mail = _written(deps, lent)
    except Exception as error:  # noqa: BLE001 - one mail that cannot be written must not hold up the others
        log.error("mail_not_written", message_id=lent.message_id, kind=lent.kind.name, exc_info=error)
        await _try_again(deps, lent, f"it could not be written: {type(error).__name__}: {error}")
        return
    try:
        outcome = await deps.mailer.send(mail)
    except Exception as error:  # noqa: BLE001 - a mailer's bug counts as a try: it is not tried for ever
        log.error("mailer_failed", message_id=lent.message_id, kind=lent.kind.name, exc_info=error)
        outcome = OutcomeUnknown(f"{type(error).__name__}: {error}")
    await _record(deps, lent, outcome)


async def _record(deps: Deps, lent: Lent, outcome: SendOutcome) -> None:
    if isinstance(outcome, Accepted):
        await messages.sent(deps.db, lent, deps.clock.now())
        log.debug("mail_sent", message_id=lent.message_id, kind=lent.kind.name, tries=lent.tries)
    elif isinstance(outcome, Refused):
        await messages.not_sent(deps.db, lent, f"refused: {outcome.reason}", None)
        log.warning("mail_refused", message_id=lent.message_id, reason=outcome.reason)
    elif isinstance(outcome, OutcomeUnknown):
        await _try_again(deps, lent, f"it may have been sent: {outcome.reason}")
    else:
        await _try_again(deps, lent, outcome.reason)


async def _try_again(deps: Deps, lent: Lent, reason: str) -> None:
    given_up = lent.tries >= deps.settings.most_tries
    again_at = None if given_up else deps.clock.now() + pause_after(lent.tries, lent.message_id)
    await messages.not_sent(deps.db, lent, reason, again_at)
    log.warning(
        "mail_not_sent", message_id=lent.message_id, tries=lent.tries, given_up=given_up, reason=reason
    )


def _written(deps: Deps, lent: Lent) -> Mail:
    event = msgspec.json.decode(lent.data, type=lent.kind.event)
    reader = Reader(lent.recipient, lent.language, deps.links)
    rendered = rendering.render(deps.settings, lent.kind, event, lent.occurred_at, reader, lent.order_number)
    headers = {}
    if deps.settings.mail_reply_to:
        headers["Reply-To"] = deps.settings.mail_reply_to
    if lent.kind.optional:
        headers["List-Unsubscribe"] = f"<{deps.links.unsubscribe_at_once(lent.recipient, lent.kind.name)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return Mail(
        f"{lent.message_id}.{lent.round}@{deps.links.host}",
        deps.settings.mail_from,
        lent.recipient,
        lent.subject,
        rendered.text,
        rendered.html,
        lent.language,
        lent.occurred_at,
        headers,
    )
