"""Every kind of mail in every language: whole, translated, and safe whatever people are called."""

from __future__ import annotations

import io
import re
import uuid
from pathlib import Path

import msgspec
import pytest
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from tradewind.contracts.amounts import money
from tradewind.contracts.common import Address, Language
from tradewind.contracts.order import OrderedLine, OrderPlaced
from tradewind.kernel.sealing import Sealer
from tradewind.kernel.settings import SettingsError, load
from tradewind.services import notification
from tradewind.services.notification.domain import KINDS, LANGUAGES, KindName, pause_after
from tradewind.services.notification.formats import postal_lines
from tradewind.services.notification.links import Links
from tradewind.services.notification.rendering import Reader, Rendered, render, title_of
from tradewind.services.notification.samples import AT, NUMBER, sample
from tradewind.services.notification.settings import Settings

FOLDER = Path(notification.__file__).parent
HOSTILE = "<script>alert('x')</script>\"&{{ 7*7 }}{% raw %}"
EVERY = [(kind, language) for kind in KINDS for language in LANGUAGES]


def rendered(kind: str, language: Language, event: object = None, **settings: str) -> Rendered:
    chosen = Settings(secret_key="x" * 32, mailer="mailbox", show_secret_links=False, **settings)  # type: ignore[arg-type]
    links = Links("https://shop.example/", *(Sealer("x", name) for name in "abc")).masked()
    found = KINDS[kind]
    told = event or sample(found.name, language)
    return render(chosen, found, told, AT, Reader("ada@example.com", language, links), NUMBER)  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_a_mail_is_whole_in_each_language(kind: str, language: Language) -> None:
    mail = rendered(kind, language, shop_address="Karl-Heine-Str. 85, Leipzig")
    assert 3 < len(mail.subject) < 100 and "\n" not in mail.subject
    assert f'<html lang="{language}"' in mail.html
    for form in (mail.html, mail.text):
        assert "{{" not in form and "{%" not in form and "%(" not in form
        assert "https://shop.example/" in form
        assert "Karl-Heine-Str. 85" in form
    assert "<" not in mail.text
    assert not re.search(r'(src|href)="(?!https?://)', mail.html), "only what a mail program can follow"
    assert len(mail.html) < 100_000, "longer ones are cut off"
    unsubscribe = "https://shop.example/unsubscribe?token=" in mail.html
    assert unsubscribe == KINDS[kind].optional
    if language != "en":
        assert mail.subject != rendered(kind, "en").subject
        assert title_of(KINDS[kind], language) != KINDS[kind].title


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_people_type_is_taken_for_markup(kind: KindName, language: Language) -> None:
    spoilt = _spoilt(msgspec.to_builtins(sample(kind, language)))
    event = msgspec.convert(spoilt, KINDS[kind].event)
    mail = rendered(kind, language, event)
    assert "<script" not in mail.html and "49" not in mail.subject
    assert "javascript:" not in mail.html
    if "order" in kind or kind in ("welcome", "stock_low"):
        assert "&lt;script&gt;" in mail.html and HOSTILE in mail.text


def _spoilt(value: object, name: str = "") -> object:
    """The same with every text replaced that people may choose."""
    if isinstance(value, dict):
        return {key: _spoilt(part, key) for key, part in value.items()}
    if isinstance(value, list):
        return [_spoilt(part, name) for part in value]
    if name in ("image_url", "tracking_url"):
        return "javascript:alert(1)"
    kept = ("type", "currency", "country", "email", "language", "sealed_token", "method")
    if not isinstance(value, str) or name in kept or name.endswith(("_id", "_by", "_at")):
        return value
    return "<b>&" if name == "postal_code" else HOSTILE


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_every_text_is_translated_with_the_same_values(language: Language) -> None:
    with (FOLDER / "locale" / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    used = {kind.title for kind in KINDS.values()}
    for template in (FOLDER / "templates").rglob("*.*"):
        for _, _, text, _ in babel_extract(io.BytesIO(template.read_bytes()), ["_"], [], {"silent": "false"}):
            used.add(text if isinstance(text, str) else text[0])
    known = {message.id: message.string for message in catalogue if message.id}
    assert used == set(known)
    for text, translated in known.items():
        assert translated, text
        assert sorted(re.findall(r"%\((\w+)\)s", text)) == sorted(re.findall(r"%\((\w+)\)s", translated)), (
            text
        )


def test_money_is_written_as_the_reader_and_its_currency_have_it() -> None:
    assert money(123456, "EUR", "de").replace("\xa0", " ") == "1.234,56 €"
    assert money(123456, "EUR", "en") == "€1,234.56"
    assert money(1234, "JPY", "en") == "JP¥1,234"
    assert money(1234567, "KWD", "en").replace("\xa0", " ") == "KWD 1,234.567"
    assert money(12345, "IQD", "en").endswith("12.345"), "CLDR rounds what a total must not lose"


def test_an_address_is_in_the_order_of_its_country() -> None:
    german = Address("Ada", "Karlstr. 12", "Leipzig", "DE", "Hinterhaus", "04107", company="Engine KG")
    assert postal_lines(german, "de") == [
        "Ada",
        "Engine KG",
        "Karlstr. 12",
        "Hinterhaus",
        "04107 Leipzig",
        "Deutschland",
    ]
    american = Address("Ada", "1 Main St", "Reno", "US", "", "89501", "NV")
    assert postal_lines(american, "en") == ["Ada", "1 Main St", "Reno, NV 89501", "United States"]
    nowhere = Address("Ada", "1 Main St", "Reno", "XK", "", "10000")
    assert postal_lines(nowhere, "en") == ["Ada", "1 Main St", "10000 Reno", "Kosovo"]


def test_a_long_order_has_a_line_for_each_article_and_a_place_where_a_picture_is_missing() -> None:
    event = sample("order_confirmation", "en")
    assert isinstance(event, OrderPlaced)
    lines = [OrderedLine(f"S{n}", uuid.UUID(int=n), f"Article {n}", n, 1999, 1999 * n) for n in range(1, 101)]
    mail = rendered("order_confirmation", "en", msgspec.structs.replace(event, lines=lines))
    assert all(f"Article {n}<" in mail.html and f"{n} × Article {n}:" in mail.text for n in range(1, 101))
    assert "<img" not in mail.html


def test_pauses_double_part_from_one_another_and_end_within_a_day_and_a_half() -> None:
    ids = [uuid.uuid4() for _ in range(50)]
    for tries in range(1, 12):
        pauses = [pause_after(tries, message_id).total_seconds() for message_id in ids]
        middle = min(30 * 2 ** (tries - 1), 4 * 3600)
        assert all(0.79 * middle < pause < 1.21 * middle for pause in pauses)
        assert len(set(pauses)) > 10
    assert sum(pause_after(n, ids[0]).total_seconds() for n in range(1, 12)) < 36 * 3600


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TIME_ZONE", "Europe/Nowhere"),
        ("PUBLIC_URL", "shop.example"),
        ("SENDS_AT_ONCE", "0"),
        ("KEPT_DAYS", "5"),
        ("STAFF_EMAILS", "stock@shop.example, nobody"),
        ("STAFF_EMAILS", "stock@shop.example; money@shop.example"),
        ("STAFF_LANGUAGE", "fr"),
    ],
)
def test_a_setting_that_would_spoil_every_mail_is_refused_at_start(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load(Settings, "notification", {f"TRADEWIND_NOTIFICATION_{name}": value})


def test_outside_development_it_is_said_where_mails_go() -> None:
    with pytest.raises(SettingsError, match="TRADEWIND_NOTIFICATION_MAILER"):
        load(
            Settings,
            "notification",
            {"TRADEWIND_ENVIRONMENT": "production", "TRADEWIND_SECRET_KEY": "x" * 32},
        )
