"""Which mailer a shop has: SMTP, or the mailbox in its own back office."""

from __future__ import annotations

from typing import Protocol

from tradewind.adapters.mailer.mailbox import Mailbox
from tradewind.adapters.mailer.smtp import SmtpMailer, SmtpOptions
from tradewind.kernel.settings import SettingsError
from tradewind.ports.mailer import Mailer


class MailerOptions(SmtpOptions, Protocol):
    @property
    def mailer(self) -> str: ...


def open_mailer(options: MailerOptions) -> Mailer:
    """Connects with the first mail. Raises SettingsError."""
    if options.mailer == "mailbox":
        return Mailbox()
    if options.mailer == "smtp":
        return SmtpMailer(options)
    raise SettingsError("TRADEWIND_NOTIFICATION_MAILER is `smtp` or `mailbox`")
