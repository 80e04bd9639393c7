"""What an installation may say about how it writes to people (TRADEWIND_NOTIFICATION_...)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from tradewind.contracts.common import Email
from tradewind.kernel.settings import SettingsError, setting

MOST_STAFF_EMAILS = 50


@dataclass(frozen=True)
class Settings:
    secret_key: str = setting(
        help="the installation's secret: opens the tokens that other services seal into their events",
        secret=True,
        development="development only: not a secret at all",
    )
    public_url: str = setting(
        "http://127.0.0.1:8000", help="where shoppers reach the shop: what the links in mails begin with"
    )
    shop_name: str = setting("Aldea", help="the shop's name, in every mail")
    shop_address: str = setting("", help="the shop's postal address, at the foot of every mail; one line")
    time_zone: str = setting("Europe/Berlin", help="the zone of dates in mails, such as Europe/Berlin")
    mailer: str = setting(
        development="mailbox", help="`smtp`, or `mailbox`: mails go no further than the back office"
    )
    mail_from: str = setting(
        "Aldea <shop@tradewind.example>", help="who mails are from, as in: Shop <shop@example.com>"
    )
    mail_reply_to: str = setting("", help="where answers to mails go, where that is another address")
    staff_emails: tuple[str, ...] = setting(
        (),
        help="who is mailed when stock is low or a payment needs somebody, parted by commas; empty: nobody",
    )
    staff_language: Literal["en", "de"] = setting("en", help="what these are written to in: `en` or `de`")
    smtp_host: str = setting("", help="the mail server, where the mailer is smtp")
    smtp_port: int = setting(0, help="its port; 0: 465 for tls, 587 for starttls, 25 for plain")
    smtp_tls: str = setting("starttls", help="`tls`, `starttls`, or `plain` for a server on this machine")
    smtp_username: str = setting("", help="log-in at the mail server; empty: none")
    smtp_password: str = setting("", help="its password", secret=True)
    smtp_ca_file: str = setting("", help="certificates (PEM) to trust in place of the system's")
    smtp_timeout_seconds: float = setting(20.0, help="how long the mail server may take for each answer")
    sends_at_once: Annotated[int, Meta(ge=1, le=100)] = setting(
        8, help="mails that one process sends at the same time"
    )
    most_tries: Annotated[int, Meta(ge=1, le=100)] = setting(
        12, help="a mail that could not be sent so often has failed: about a day"
    )
    show_secret_links: bool = setting(
        False,
        development=True,
        help="show password resets and guests' order links in the mailbox of a shop that sends no mail",
    )
    kept_days: Annotated[int, Meta(ge=60)] = setting(
        730, help="messages are deleted after so many days, at least 60"
    )
    feed_kept_days: Annotated[int, Meta(ge=1)] = setting(
        7, help="how long a page that was away can ask what it missed"
    )

    def __post_init__(self) -> None:
        """Raises SettingsError for what would spoil every mail."""
        try:
            ZoneInfo(self.time_zone)
        except (ValueError, OSError, KeyError) as error:
            raise SettingsError(f"TRADEWIND_NOTIFICATION_TIME_ZONE: {error}") from error
        url = urlsplit(self.public_url)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise SettingsError(
                "TRADEWIND_PUBLIC_URL is where the shop is reached, such as https://shop.example"
            )
        try:
            msgspec.convert(
                self.staff_emails, Annotated[tuple[Email, ...], Meta(max_length=MOST_STAFF_EMAILS)]
            )
        except msgspec.ValidationError as error:
            raise SettingsError(f"TRADEWIND_NOTIFICATION_STAFF_EMAILS: {error}") from error

    @property
    def alerted(self) -> tuple[str, ...]:
        """Each of `staff_emails` once, however often and in whatever case it is written."""
        return tuple(sorted({email.lower(): email for email in self.staff_emails}.values()))
