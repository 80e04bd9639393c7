"""What documents say, in the languages that customers are written to in."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal

from tradewind.kernel.languages import locale

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "invoice": "Invoice",
        "credit_note": "Credit note",
        "invoice_number": "Invoice number",
        "credit_note_number": "Credit note number",
        "corrects": "For invoice",
        "date": "Date",
        "order": "Order",
        "ordered": "Ordered on",
        "delivered": "Date of supply",
        "same_day": "date of this invoice",
        "buyer_vat_id": "Your VAT ID",
        "ship_to": "Delivered to",
        "item": "Item",
        "quantity": "Qty",
        "unit_price": "Unit price",
        "rate": "VAT",
        "amount": "Amount",
        "discount_of": "less a discount of {amount}",
        "items": "Items",
        "shipping": "Shipping",
        "tax_added": "VAT",
        "total": "Total",
        "credited": "Credited",
        "discounts": "Discounts of {amount} are taken off the amounts above.",
        "codes": "Codes: {codes}.",
        "gross_prices": "Prices include VAT.",
        "net_prices": "Prices are without VAT.",
        "tax_rate": "VAT rate",
        "net": "Net",
        "tax": "VAT",
        "gross": "Gross",
        "sum": "Sum",
        "less": "Kept, or given before",
        "more": "Shipping and others",
        "rounding": "Rounding",
        "goodwill": "Amount given back for order {order}",
        "wholly": "This credit note takes back invoice {number} as a whole.",
        "back": "The amount is given back by the way in which it was paid.",
        "before": "The amount was given back, or paid for other articles, before this invoice.",
        "exchanged": "The amount paid for the articles that these were exchanged for.",
        "collected": "Handed over at",
        "zero": "No VAT is charged on amounts at 0 %.",
        "reverse_charge": "Reverse charge: the recipient of the supply is liable for the VAT (Article 196 of "
        "Directive 2006/112/EC).",
        "vat_id": "VAT ID",
        "tax_number": "Tax number",
        "page": "Page {page} of {pages}",
        "carried": "continued",
    },
    "de": {
        "invoice": "Rechnung",
        "credit_note": "Rechnungskorrektur",
        "invoice_number": "Rechnungsnummer",
        "credit_note_number": "Belegnummer",
        "corrects": "Zur Rechnung",
        "date": "Datum",
        "order": "Bestellung",
        "ordered": "Bestellt am",
        "delivered": "Leistungsdatum",
        "same_day": "Rechnungsdatum",
        "buyer_vat_id": "Ihre USt-IdNr.",
        "ship_to": "Geliefert an",
        "item": "Artikel",
        "quantity": "Menge",
        "unit_price": "Einzelpreis",
        "rate": "USt.",
        "amount": "Betrag",
        "discount_of": "abzüglich {amount} Rabatt",
        "items": "Artikel",
        "shipping": "Versand",
        "tax_added": "Umsatzsteuer",
        "total": "Gesamtbetrag",
        "credited": "Gutgeschrieben",
        "discounts": "Von den Beträgen sind Rabatte von {amount} abgezogen.",
        "codes": "Codes: {codes}.",
        "gross_prices": "Die Preise enthalten die Umsatzsteuer.",
        "net_prices": "Die Preise sind ohne Umsatzsteuer.",
        "tax_rate": "Steuersatz",
        "net": "Netto",
        "tax": "USt.",
        "gross": "Brutto",
        "sum": "Summe",
        "less": "Einbehalten, schon erstattet",
        "more": "Versand und anderes",
        "rounding": "Rundung",
        "goodwill": "Erstattung zur Bestellung {order}",
        "wholly": "Dieser Beleg hebt die Rechnung {number} ganz auf.",
        "back": "Der Betrag wird auf dem Weg erstattet, auf dem er bezahlt wurde.",
        "before": "Der Betrag wurde vor dieser Rechnung erstattet oder mit anderen Artikeln verrechnet.",
        "exchanged": "Der Betrag wurde mit den Artikeln verrechnet, gegen die getauscht wurde.",
        "collected": "Übergeben in",
        "zero": "Auf Beträge zu 0 % wird keine Umsatzsteuer erhoben.",
        "reverse_charge": "Steuerschuldnerschaft des Leistungsempfängers (Artikel 196 der Richtlinie 2006/112/EG).",
        "vat_id": "USt-IdNr.",
        "tax_number": "Steuernummer",
        "page": "Seite {page} von {pages}",
        "carried": "Fortsetzung",
    },
}


def day(moment: datetime, zone: str, language: str) -> str:
    """22 November 2026, 22. November 2026: the day in the seller's zone."""
    shown: str = format_date(moment.astimezone(ZoneInfo(zone)), "long", locale=locale(language))
    return shown


def percent(basis_points: int, language: str) -> str:
    """19 %, 8.1 %: as many decimals as it has."""
    return f"{format_decimal(basis_points / 100, '0.##', locale=locale(language))}\N{NO-BREAK SPACE}%"
