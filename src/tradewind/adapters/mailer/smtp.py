"""The mailer port on SMTP: TLS always verified, a few connections kept open between mails."""

from __future__ import annotations

import ssl
import time
from typing import Protocol

from aiosmtplib import SMTP, SMTPResponseException
from aiosmtplib.errors import SMTPException, SMTPNotSupported

from tradewind.adapters.mailer.message import WrongAddress, sender_address, written
from tradewind.kernel.settings import SettingsError
from tradewind.ports.mailer import Accepted, Mail, NotSent, OutcomeUnknown, Refused, SendOutcome

PORTS = {"tls": 465, "starttls": 587, "plain": 25}
IDLE_SECONDS = 20.0  # servers hang up on who is silent for long
# About us, not about the mail: our log-in is missing, wrong or too weak (RFC 4954).
_OUR_LOG_IN = (530, 534, 535, 538)
_PERMANENT = 500
_HOSTS_OF_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


class SmtpOptions(Protocol):
    @property
    def mail_from(self) -> str: ...
    @property
    def smtp_host(self) -> str: ...
    @property
    def smtp_port(self) -> int: ...
    @property
    def smtp_tls(self) -> str: ...
    @property
    def smtp_username(self) -> str: ...
    @property
    def smtp_password(self) -> str: ...
    @property
    def smtp_ca_file(self) -> str: ...
    @property
    def smtp_timeout_seconds(self) -> float: ...


class SmtpMailer:
    """As many connections as mails are sent at once; each is used again until it was idle for a while."""

    delivers = True

    def __init__(self, options: SmtpOptions) -> None:
        """Raises SettingsError."""
        if not options.smtp_host:
            raise SettingsError(
                "TRADEWIND_NOTIFICATION_SMTP_HOST is not set: through which server to send mail"
            )
        if options.smtp_tls not in PORTS:
            raise SettingsError("TRADEWIND_NOTIFICATION_SMTP_TLS is `tls`, `starttls` or `plain`")
        in_clear = options.smtp_tls == "plain" and options.smtp_host not in _HOSTS_OF_THIS_MACHINE
        if options.smtp_username and in_clear:
            raise SettingsError("TRADEWIND_NOTIFICATION_SMTP_TLS: `plain` would send the password in clear")
        try:
            self._sender = sender_address(options.mail_from)
        except WrongAddress as wrong:
            raise SettingsError(f"TRADEWIND_NOTIFICATION_MAIL_FROM: {wrong}") from wrong
        self._options = options
        self._context = _tls_context(options)
        self._idle: list[tuple[SMTP, float]] = []

    async def send(self, mail: Mail) -> SendOutcome:
        try:
            message, recipient = written(mail)
        except WrongAddress as wrong:
            return Refused(str(wrong))
        try:
            client, used_before = await self._connection()
        except (SMTPException, OSError) as error:
            return NotSent(_said(error))
        outcome = await self._hand_over(client, message, recipient)
        if isinstance(outcome, NotSent) and used_before and not client.is_connected:
            # It had hung up on us while we were idle: that says nothing about now.
            self._drop_idle()
            try:
                client, _ = await self._connection()
            except (SMTPException, OSError) as error:
                return NotSent(_said(error))
            outcome = await self._hand_over(client, message, recipient)
        await self._give_back(client, outcome)
        return outcome

    async def _hand_over(self, client: SMTP, message: bytes, recipient: str) -> SendOutcome:
        utf8 = not (recipient.isascii() and self._sender.isascii())
        if utf8 and not client.supports_extension("smtputf8"):
            return Refused("the mail server takes no addresses beyond ASCII")
        encoding = "utf-8" if utf8 else "ascii"
        try:
            await client.mail(self._sender, options=["SMTPUTF8"] if utf8 else [], encoding=encoding)
            await client.rcpt(recipient, encoding=encoding)
        except SMTPResponseException as refusal:
            return _refused(refusal)
        except SMTPNotSupported as error:
            return Refused(_said(error))
        except (SMTPException, OSError) as error:
            return NotSent(_said(error))
        try:
            answer = await client.data(message)
        except SMTPResponseException as refusal:
            return _refused(refusal)
        except (SMTPException, OSError) as error:
            return OutcomeUnknown(_said(error))
        return Accepted(f"{answer.code} {answer.message}"[:500])

    async def _connection(self) -> tuple[SMTP, bool]:
        """One that is open, and whether it was used before. Raises SMTPException and OSError."""
        while self._idle:
            client, since = self._idle.pop()
            if client.is_connected and time.monotonic() - since < IDLE_SECONDS:
                return client, True
            client.close()
        options = self._options
        client = SMTP(
            hostname=options.smtp_host,
            local_hostname=self._sender.rpartition("@")[2],  # without it, the library asks the DNS
            port=options.smtp_port or PORTS[options.smtp_tls],
            username=options.smtp_username or None,
            password=options.smtp_password or None,
            use_tls=options.smtp_tls == "tls",
            start_tls=options.smtp_tls == "starttls",
            tls_context=self._context,
            timeout=options.smtp_timeout_seconds,
        )
        try:
            await client.connect()
        except BaseException:
            client.close()
            raise
        return client, False

    async def _give_back(self, client: SMTP, outcome: SendOutcome) -> None:
        """Kept where it is certain what state it is in."""
        if isinstance(outcome, OutcomeUnknown) or not client.is_connected:
            client.close()
            return
        if not isinstance(outcome, Accepted):
            try:
                await client.rset()
            except (SMTPException, OSError):
                client.close()
                return
        self._idle.append((client, time.monotonic()))

    def _drop_idle(self) -> None:
        for client, _ in self._idle:
            client.close()
        self._idle.clear()

    async def close(self) -> None:
        self._drop_idle()


def _tls_context(options: SmtpOptions) -> ssl.SSLContext | None:
    if options.smtp_tls == "plain":
        return None
    try:
        return ssl.create_default_context(cafile=options.smtp_ca_file or None)
    except OSError as error:
        raise SettingsError(f"TRADEWIND_NOTIFICATION_SMTP_CA_FILE cannot be read: {error}") from error


def _refused(refusal: SMTPResponseException) -> Refused | NotSent:
    if refusal.code >= _PERMANENT and refusal.code not in _OUR_LOG_IN:
        return Refused(_said(refusal))
    return NotSent(_said(refusal))


def _said(error: Exception) -> str:
    """The server's words where it said something."""
    if isinstance(error, SMTPResponseException):
        return f"{error.code} {error.message}"[:500]
    return f"{type(error).__name__}: {error}"[:500]
