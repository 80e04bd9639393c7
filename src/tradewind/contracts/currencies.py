"""ISO 4217: the currencies a shop may price in, with how many minor-unit digits each has.

Source: ISO 4217:2015 list one, active codes of countries (no funds, metals or test codes).
"""

from __future__ import annotations

from tradewind.kernel.errors import Invalid

_TWO_DIGITS = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY
COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS
INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR
MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD
SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG
"""
_NO_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND"
DIGITS: dict[str, int] = {
    code: digits
    for digits, codes in ((2, _TWO_DIGITS), (0, _NO_DIGITS), (3, _THREE_DIGITS))
    for code in codes.split()
}


def is_currency(code: str) -> bool:
    return code in DIGITS


def check_currency(code: str | None, field: str = "currency") -> None:
    """Raises Invalid, naming `field`, for a code that is no currency; None asks for none."""
    if code is not None and not is_currency(code):
        raise Invalid("currency_unknown", f"{code} is no currency of ISO 4217", field=field)


def formatted(amount_minor: int, currency: str) -> str:
    """`1234.50 EUR`: for logs and exports, not for customers."""
    digits = DIGITS[currency]
    if digits == 0:
        return f"{amount_minor} {currency}"
    sign, whole = ("-", -amount_minor) if amount_minor < 0 else ("", amount_minor)
    return f"{sign}{whole // 10**digits}.{whole % 10**digits:0{digits}d} {currency}"
