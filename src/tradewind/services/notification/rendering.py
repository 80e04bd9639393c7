"""From an event to a mail: MJML and text templates, in the reader's language.

A template is compiled once: MJML to HTML by mrml, which leaves what stands in braces alone, and that to a Jinja
template. So what people typed never meets the MJML parser, and is escaped as in any page. A name that a template
does not know is an error, never a gap.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import mrml
from babel.support import NullTranslations
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from tradewind.contracts.amounts import money
from tradewind.contracts.common import Language
from tradewind.kernel.events import Event
from tradewind.kernel.languages import read_translations
from tradewind.services.notification import formats
from tradewind.services.notification.domain import STAFF_KINDS, Kind
from tradewind.services.notification.links import Links
from tradewind.services.notification.settings import Settings

_TEMPLATES = Path(__file__).parent / "templates"
_LOCALE = Path(__file__).parent / "locale"
# Done here, as text: mrml renders what it includes itself without the width around it.
_INCLUDE = re.compile(r'<mj-include path="([a-z]+\.mjml)" />')


class TemplateError(Exception):
    """A template is not what MJML or Jinja can read: found where templates are compiled."""


@dataclass(frozen=True)
class Rendered:
    subject: str
    html: str
    text: str


@dataclass(frozen=True)
class Reader:
    """Who a mail is for, and the links that they are given."""

    email: str
    language: Language
    links: Links


@dataclass(frozen=True)
class _Compiled:
    subject: Template
    html: Template
    text: Template


def render(
    settings: Settings,
    kind: Kind,
    event: Event,
    at: datetime,
    reader: Reader,
    order_number: str | None = None,
) -> Rendered:
    """`at` is when it happened. `order_number`, of a mail to staff: the event does not tell it."""
    compiled = _compiled(kind.name, reader.language)
    values = {
        "event": event,
        "at": at,
        "kind": kind,
        "staff": kind.name in STAFF_KINDS,
        "order_number": order_number,
        "links": reader.links,
        "unsubscribe_url": reader.links.unsubscribe(reader.email, kind.name) if kind.optional else None,
        **_shop(settings, reader.language),
    }
    return Rendered(
        subject_of(settings, kind, event, reader.language, order_number),
        compiled.html.render(values),
        compiled.text.render(values).strip() + "\n",
    )


def subject_of(
    settings: Settings, kind: Kind, event: Event, language: Language, order_number: str | None = None
) -> str:
    """One line, in plain text."""
    subject = _compiled(kind.name, language).subject
    text = subject.render(event=event, order_number=order_number, **_shop(settings, language))
    return " ".join(text.split())[:250]


def title_of(kind: Kind, language: Language) -> str:
    """What this kind of mail is called, where people choose."""
    return str(translations(language).gettext(kind.title))


def _shop(settings: Settings, language: Language) -> dict[str, Any]:
    return {
        "shop_name": settings.shop_name,
        "shop_address": settings.shop_address,
        "language": language,
        "time_zone": settings.time_zone,
    }


@cache
def _compiled(kind: str, language: Language) -> _Compiled:
    html = _html(kind)
    pages, words = _environment(language, escape=True), _environment(language, escape=False)
    assert html.title, f"{kind}.mjml has no mj-title, which is the subject"
    return _Compiled(
        words.from_string(html.title), pages.from_string(html.content), words.get_template(f"{kind}.txt")
    )


@cache
def _html(kind: str) -> mrml.Output:
    """Raises TemplateError."""
    source = _INCLUDE.sub(lambda found: _source(f"parts/{found[1]}"), _source(f"{kind}.mjml"))
    try:
        output = mrml.to_html(source)
    except OSError as error:
        raise TemplateError(f"{kind}.mjml: {error}") from error
    if output.warnings:
        raise TemplateError(f"{kind}.mjml: {[(w.origin, w.kind, w.start) for w in output.warnings]}")
    return output


def _source(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _environment(language: Language, *, escape: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=escape,  # noqa: S701 - plain text has nothing to escape
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(
        money=lambda minor, currency: money(minor, currency, language),
        day=lambda at, zone: formats.day(at, language, zone),
        moment=lambda at, zone: formats.moment(at, language, zone),
        emphasised=lambda value: Markup("<em>{}</em>").format(value),
        postal_lines=lambda address: formats.postal_lines(address, language),
    )
    return environment


@cache
def translations(language: Language) -> NullTranslations:
    return read_translations(language, [_LOCALE / f"{language}.po"])
