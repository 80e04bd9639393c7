"""The embedded mailer: nothing leaves. The notification service's own record of a message is the mailbox."""

from __future__ import annotations

from tradewind.adapters.mailer.message import WrongAddress, written
from tradewind.ports.mailer import Accepted, Mail, Refused, SendOutcome


class Mailbox:
    """Takes what a mail server would take: a mail that cannot be written down is Refused here too."""

    delivers = False

    async def send(self, mail: Mail) -> SendOutcome:
        try:
            written(mail)
        except WrongAddress as wrong:
            return Refused(str(wrong))
        return Accepted("in the back office's mailbox")

    async def close(self) -> None:
        return None
