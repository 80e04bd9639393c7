"""Settings of the order service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta

from tradewind.kernel.settings import SettingsError, setting


@dataclass(frozen=True)
class Settings:
    secret_key: str = setting(
        help="installation's secret, at least 32 characters: signs guests' order links",
        development="development only: not a secret at all",
        secret=True,
    )
    decide_minutes: int = setting(30, help="an order unpaid for so long is cancelled and its stock released")
    soft_decline_retries: Annotated[int, Meta(ge=0, le=10)] = setting(
        2,
        help="so often a payment that was declined softly is tried again by itself; a hard decline never is",
    )
    soft_decline_first_seconds: Annotated[float, Meta(gt=0, le=86400)] = setting(
        60.0, help="the first such try is so long after the decline, each further one twice as long"
    )
    resume_seconds: float = setting(20.0, help="an order left in the middle is driven on after so long")
    abandoned_after_seconds: float = setting(
        3600.0, help="a cart with something in it that nobody touched for so long is told as abandoned"
    )
    return_days: int = setting(60, help="so many days after a parcel came, its customer may ask for a return")
    claim_photo_days: Annotated[int, Meta(ge=1, le=3650)] = setting(
        90, help="photos of a claim are deleted so many days after it was settled, refused or taken back"
    )
    data_dir: str = setting("data", help="photos of claims are kept in the folder `media` of this one")
    draft_days: int = setting(30, help="a draft expires after so many days, unless staff said when")
    guest_cart_days: int = setting(30, help="a guest's cart that nobody touched for so many days expires")
    account_cart_days: int = setting(
        180, help="an account's cart that nobody touched for so many days expires"
    )
    number_prefix: str = setting("TW-", help="what an order's number begins with")
    invoice_on: Literal["placement", "shipment", "hand"] = setting(
        "shipment",
        help="an invoice is issued when its order was placed, when its first parcel left, or by hand alone",
    )
    invoice_prefix: str = setting("INV-", help="what numbers of invoices begin with; the year follows")
    credit_note_prefix: str = setting("CN-", help="what numbers of credit notes begin with; the year follows")
    time_zone: str = setting("Europe/Berlin", help="the zone of the days on invoices, such as Europe/Berlin")
    seller_name: str = setting(
        "Aldea", help="who sells, as invoices name them: the company with its legal form"
    )
    seller_address: str = setting("", help="the seller's address on invoices; its lines parted by |")
    seller_vat_id: str = setting("", help="the seller's VAT ID, on invoices")
    seller_tax_number: str = setting("", help="the seller's tax number, on invoices")
    seller_register: str = setting(
        "", help="where the seller is registered, such as HRB 12345, Amtsgericht Leipzig"
    )
    seller_email: str = setting("", help="how the seller is written to, on invoices")
    seller_phone: str = setting("", help="how the seller is called, on invoices")
    seller_bank: str = setting("", help="the seller's bank, on invoices")
    seller_iban: str = setting("", help="the seller's account, on invoices")
    seller_bic: str = setting("", help="its bank's code, on invoices")

    def __post_init__(self) -> None:
        """Raises SettingsError for what would spoil every document."""
        try:
            ZoneInfo(self.time_zone)
        except (ValueError, OSError, KeyError) as error:
            raise SettingsError(f"TRADEWIND_ORDER_TIME_ZONE: {error}") from error
        if self.invoice_prefix == self.credit_note_prefix:
            raise SettingsError("TRADEWIND_ORDER_INVOICE_PREFIX and ..._CREDIT_NOTE_PREFIX are two series")
