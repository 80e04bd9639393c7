"""A document as PDF, on A4, with the address where a window envelope shows it (DIN 5008, form B).

Pure: the same snapshot and number make the same bytes. Faces are Inter in two weights, cut out of a pinned package
when the project is installed (hatch_build.py): all letters of Latin, Greek and Cyrillic; others are left blank.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from importlib.resources import files

from babel import Locale
from fpdf import FPDF

from tradewind.contracts.amounts import money
from tradewind.contracts.common import Address
from tradewind.services.order.documents.words import WORDS, day, percent
from tradewind.services.order.domain.documents import DocumentLine, Seller, Snapshot

LEFT, RIGHT, WIDTH = 25.0, 190.0, 165.0
INK, QUIET, LINE, SHADE = (29, 29, 27), (110, 108, 102), (214, 211, 204), (245, 243, 239)
FOOT = 33.0  # height of what stands at the foot of every page, in mm
COLUMNS = (83.0, 16.0, 26.0, 14.0, 26.0)  # of lines: item, quantity, unit price, rate, amount


def render(snapshot: Snapshot, number: str) -> bytes:
    sheet = _Sheet(snapshot, number)
    sheet.add_page()
    _letterhead(sheet)
    _lines(sheet)
    _sums(sheet)
    _taxes(sheet)
    _notes(sheet)
    return bytes(sheet.output())


class _Sheet(FPDF):
    """Knows what repeats on each page, and how amounts are written."""

    def __init__(self, snapshot: Snapshot, number: str) -> None:
        super().__init__(format="A4")
        self.snapshot, self.number = snapshot, number
        self.words = WORDS[snapshot.language]
        fonts = files("tradewind.services.order.documents") / "fonts"
        self.add_font("inter", "", str(fonts / "regular.ttf"))
        self.add_font("inter", "B", str(fonts / "bold.ttf"))
        self.set_margins(LEFT, 20, 210 - RIGHT)
        self.set_auto_page_break(True, margin=FOOT + 5)
        self.set_creation_date(snapshot.issued_at)
        self.set_title(f"{self.words[snapshot.kind]} {number}")
        self.set_author(_plain(snapshot.seller.name))
        self.set_lang(snapshot.language)
        self.set_producer("Tradewind")

    def money(self, amount_minor: int) -> str:
        return money(amount_minor, self.snapshot.currency, self.snapshot.language)

    def say(self, size: float, style: str = "", colour: tuple[int, int, int] = INK) -> None:
        self.set_font("inter", style, size)
        self.set_text_color(*colour)

    def header(self) -> None:
        if self.page_no() == 1:
            return
        self.say(8, colour=QUIET)
        self.cell(WIDTH / 2, 5, _plain(f"{self.words[self.snapshot.kind]} {self.number}"))
        self.cell(WIDTH / 2, 5, self.words["carried"], align="R")
        self.ln(9)

    def footer(self) -> None:
        self.set_y(-FOOT)
        self.set_draw_color(*LINE)
        self.line(LEFT, self.get_y(), RIGHT, self.get_y())
        top = self.get_y() + 2.5
        for column, lines in enumerate(_imprint(self.snapshot.seller, self.words)):
            self.set_xy(LEFT + column * WIDTH / 3, top)
            self.say(7, colour=QUIET)
            self.multi_cell(WIDTH / 3 - 4, 3.5, _plain("\n".join(lines)), align="L")
        self.set_xy(LEFT, -9)
        self.say(7, colour=QUIET)
        text = self.words["page"].format(page=self.page_no(), pages="{nb}")
        self.cell(WIDTH, 4, text, align="R")

    def lines_of(self, text: str) -> int:
        """How many lines it takes in the column of items, as it is said now."""
        lines = self.multi_cell(COLUMNS[0] - 3, 4, text, dry_run=True, output="LINES")
        assert isinstance(lines, list), "asked for"
        return len(lines)

    def room_for(self, height: float) -> None:
        """What belongs together is not parted by the end of a page."""
        if self.get_y() + height > 297 - FOOT - 5:
            self.add_page()


def _letterhead(sheet: _Sheet) -> None:
    snapshot, words = sheet.snapshot, sheet.words
    seller = snapshot.seller
    sheet.set_xy(LEFT, 20)
    sheet.say(17, "B")
    sheet.cell(WIDTH, 8, _plain(seller.name))
    sheet.set_xy(LEFT, 46)
    sheet.say(6.5, colour=QUIET)
    sheet.cell(80, 3, _plain(" · ".join((seller.name, *seller.address)))[:90])
    sheet.set_xy(LEFT, 51)
    sheet.say(10)
    here = snapshot.collected and snapshot.buyer == snapshot.ship_to  # the shop's address, not the buyer's
    buyer = _address(snapshot.buyer, snapshot.language)
    if here:
        buyer = [part for part in (snapshot.buyer.company, snapshot.buyer.name) if part]
    sheet.multi_cell(80, 4.9, _plain("\n".join(buyer)), align="L")
    facts = [(words[f"{snapshot.kind}_number"], sheet.number)]
    if snapshot.corrects:
        facts.append((words["corrects"], snapshot.corrects))
    facts += [
        (words["date"], day(snapshot.issued_at, snapshot.zone, snapshot.language)),
        (words["order"], snapshot.order_number),
        (words["ordered"], day(snapshot.ordered_at, snapshot.zone, snapshot.language)),
    ]
    if snapshot.kind == "invoice":
        shipped = snapshot.shipped_at
        told = day(shipped, snapshot.zone, snapshot.language) if shipped else words["same_day"]
        facts.append((words["delivered"], told))
    if snapshot.buyer_vat_id:
        facts.append((words["buyer_vat_id"], snapshot.buyer_vat_id))
    sheet.set_y(46)
    for name, value in facts:
        sheet.set_x(122)
        sheet.say(8, colour=QUIET)
        sheet.cell(30, 5, name)
        sheet.say(8)
        sheet.cell(38, 5, _plain(value), align="R", new_x="LEFT", new_y="NEXT")
    sheet.set_xy(LEFT, 92)
    sheet.say(20, "B")
    sheet.cell(WIDTH, 9, words[snapshot.kind], new_x="LMARGIN", new_y="NEXT")
    sheet.ln(5)


def _lines(sheet: _Sheet) -> None:
    snapshot, words = sheet.snapshot, sheet.words
    _table_head(sheet)
    if not snapshot.lines:
        gross = snapshot.total_minor - (0 if snapshot.prices_include_tax else snapshot.tax_minor)
        title = words["goodwill"].format(order=snapshot.order_number)
        rate = snapshot.taxes[0].basis_points if len(snapshot.taxes) == 1 else -1
        _row(sheet, DocumentLine(title, 1, gross, gross, rate))
    for line in snapshot.lines:
        _row(sheet, line)
    sheet.ln(2)


def _table_head(sheet: _Sheet) -> None:
    words = sheet.words
    sheet.say(7.5, colour=QUIET)
    sheet.set_fill_color(*SHADE)
    for width, name, align in zip(
        COLUMNS, ("item", "quantity", "unit_price", "rate", "amount"), "LRRRR", strict=True
    ):
        sheet.cell(width, 7, words[name], align=align, fill=True)
    sheet.ln(8)


def _row(sheet: _Sheet, line: DocumentLine) -> None:
    snapshot, words = sheet.snapshot, sheet.words
    below = [line.detail, line.sku] if line.detail else [line.sku]
    if line.discount_minor:
        below.append(words["discount_of"].format(amount=sheet.money(line.discount_minor)))
    small = _plain(" · ".join(part for part in below if part))
    title = _plain(line.title)
    sheet.say(9)
    height = sheet.lines_of(title) * 4.6
    sheet.say(7.5)
    if small:
        height += sheet.lines_of(small) * 3.8
    if sheet.get_y() + height + 3 > 297 - FOOT - 5:
        sheet.add_page()
        _table_head(sheet)
    top = sheet.get_y()
    sheet.say(9)
    sheet.multi_cell(COLUMNS[0] - 3, 4.6, title, align="L", new_x="LEFT", new_y="NEXT")
    if small:
        sheet.say(7.5, colour=QUIET)
        sheet.multi_cell(COLUMNS[0] - 3, 3.8, small, align="L", new_x="LEFT", new_y="NEXT")
    bottom = sheet.get_y()
    sheet.set_xy(LEFT + COLUMNS[0], top)
    sheet.say(9)
    rate = percent(line.tax_basis_points, snapshot.language) if line.tax_basis_points >= 0 else ""
    figures = (str(line.quantity), sheet.money(line.unit_price_minor), rate, sheet.money(line.amount_minor))
    for width, text in zip(COLUMNS[1:], figures, strict=True):
        sheet.cell(width, 4.6, text, align="R")
    sheet.set_draw_color(*LINE)
    sheet.line(LEFT, bottom + 1.5, RIGHT, bottom + 1.5)
    sheet.set_xy(LEFT, bottom + 3)


def _sums(sheet: _Sheet) -> None:
    snapshot, words = sheet.snapshot, sheet.words
    items = sum(line.amount_minor for line in snapshot.lines)
    rows = [(words["items"], items)] if snapshot.lines else []
    if snapshot.shipping_minor or snapshot.kind == "invoice":
        name = words["shipping"]
        rows.append(
            (
                f"{name} ({snapshot.shipping_method})" if snapshot.shipping_method else name,
                snapshot.shipping_minor,
            )
        )
    if not snapshot.prices_include_tax and snapshot.tax_minor:
        rows.append((words["tax_added"], snapshot.tax_minor))
    other = snapshot.total_minor - sum(amount for _, amount in rows)
    if rows and other:  # a credit note of less than its pieces cost, or of more
        rounding = abs(other) <= sum(line.quantity for line in snapshot.lines)
        rows.append((words["rounding" if rounding else "less" if other < 0 else "more"], other))
    sheet.room_for(6 * len(rows) + 14)
    if rows:
        for name, amount in rows:
            _sum(sheet, name, amount, 9, "", 5.5)
    sheet.set_draw_color(*INK)
    sheet.line(115, sheet.get_y() + 0.8, RIGHT, sheet.get_y() + 0.8)
    sheet.ln(2)
    _sum(
        sheet, words["total" if snapshot.kind == "invoice" else "credited"], snapshot.total_minor, 11, "B", 7
    )
    sheet.ln(4)


def _sum(sheet: _Sheet, name: str, amount_minor: int, size: float, style: str, height: float) -> None:
    sheet.set_x(115)
    sheet.say(size, style)
    sheet.cell(45, height, _plain(name))
    sheet.cell(30, height, sheet.money(amount_minor), align="R", new_x="LMARGIN", new_y="NEXT")


def _taxes(sheet: _Sheet) -> None:
    """By rate; a rate of nothing is shown as one."""
    snapshot, words = sheet.snapshot, sheet.words
    sheet.room_for(6 + 5 * (len(snapshot.taxes) + 1))
    sheet.say(7.5, colour=QUIET)
    widths = (24.0, 28.0, 28.0, 28.0)
    for width, name in zip(widths, ("tax_rate", "net", "tax", "gross"), strict=True):
        sheet.cell(width, 5, words[name], align="L" if name == "tax_rate" else "R")
    sheet.ln(5.5)
    sheet.set_draw_color(*LINE)
    sheet.line(LEFT, sheet.get_y() - 0.4, LEFT + sum(widths), sheet.get_y() - 0.4)
    for tax in snapshot.taxes:
        sheet.say(8)
        sheet.cell(widths[0], 5, percent(tax.basis_points, snapshot.language))
        for width, amount in zip(widths[1:], (tax.net_minor, tax.tax_minor, tax.gross_minor), strict=True):
            sheet.cell(width, 5, sheet.money(amount), align="R")
        sheet.ln(5)
    if len(snapshot.taxes) > 1:
        sheet.say(8, "B")
        sheet.cell(widths[0], 5, words["sum"])
        sums = (snapshot.net_minor, snapshot.tax_minor, snapshot.total_minor)
        for width, amount in zip(widths[1:], sums, strict=True):
            sheet.cell(width, 5, sheet.money(amount), align="R")
        sheet.ln(5)
    sheet.ln(5)


def _notes(sheet: _Sheet) -> None:
    snapshot, words = sheet.snapshot, sheet.words
    said = [words["gross_prices" if snapshot.prices_include_tax else "net_prices"]]
    if snapshot.discount_minor:
        said.append(words["discounts"].format(amount=sheet.money(snapshot.discount_minor)))
    if snapshot.promotions:
        said.append(words["codes"].format(codes=", ".join(snapshot.promotions)))
    notes = [" ".join(said)]
    if snapshot.reverse_charge:
        notes.append(words["reverse_charge"])
    elif any(tax.basis_points == 0 for tax in snapshot.taxes):
        notes.append(words["zero"])
    if snapshot.kind == "credit_note":
        notes.append(
            words["wholly"].format(number=snapshot.corrects) if snapshot.wholly else words[snapshot.way]
        )
    if snapshot.collected:
        place = _address(snapshot.ship_to, snapshot.language)[1:]
        notes.append(f"{words['collected']}: {', '.join(place)}")
    elif snapshot.ship_to != snapshot.buyer:
        notes.append(f"{words['ship_to']}: {', '.join(_address(snapshot.ship_to, snapshot.language))}")
    if snapshot.note:
        notes.append(snapshot.note)
    for note in notes:
        sheet.say(8, colour=QUIET)
        sheet.multi_cell(WIDTH, 4.2, _plain(note), align="L", new_x="LMARGIN", new_y="NEXT")
        sheet.ln(1.5)


def _imprint(seller: Seller, words: dict[str, str]) -> tuple[Sequence[str], ...]:
    law = [
        f"{words['vat_id']}: {seller.vat_id}" if seller.vat_id else "",
        f"{words['tax_number']}: {seller.tax_number}" if seller.tax_number else "",
        seller.register,
    ]
    bank = [
        seller.bank,
        f"IBAN: {seller.iban}" if seller.iban else "",
        f"BIC: {seller.bic}" if seller.bic else "",
    ]
    contact = [seller.name, *seller.address, seller.email, seller.phone]
    return tuple([part for part in column if part] for column in (contact, law, bank))


def _address(address: Address, language: str) -> list[str]:
    country = Locale.parse(language).territories.get(address.country, address.country)
    place = " ".join(part for part in (address.postal_code, address.city) if part)
    lines = (address.company, address.name, address.line1, address.line2, place, address.region, country)
    return [line for line in lines if line]


def _plain(text: str) -> str:
    """Composed letters, as the faces have them; no character that is not to be seen, but line breaks."""
    composed = unicodedata.normalize("NFKC", text)
    return "".join(c for c in composed if c == "\n" or unicodedata.category(c)[0] != "C")
