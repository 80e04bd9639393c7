"""The back office's pages of settlement files: one is taken in, and what does not fit is decided."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from playwright.sync_api import FilePayload, expect

from tests.faces.browser import Visitor
from tests.faces.clerk import sign_in

Visit = Callable[..., Visitor]
HEADER = "id,kind,reference,amount_minor,fee_minor,currency,settled_on,payout"


def test_staff_take_in_a_settlement_file_and_decide_what_does_not_fit(visit: Visit, theme: str) -> None:
    clerk = visit(theme=theme)
    clerk.allowed_statuses = {422}
    page = clerk.go("/admin")
    sign_in(page)
    page = clerk.go("/admin/settlements")
    clerk.accessible()
    name = f"march {uuid.uuid4().hex[:8]}.csv"
    known = f"mov_{uuid.uuid4().hex[:12]}"
    page.get_by_label("Its name").fill(name)
    page.get_by_label("The file's lines").fill(f"{HEADER}\n{known},theft,,1,0,EUR,2026-03-02,")
    page.get_by_role("button", name="Take it in").click()
    expect(page.get_by_role("heading", name="Nothing was taken in")).to_be_visible()
    clerk.accessible()
    page.get_by_label("The file's lines").fill(f"{HEADER}\n{known},refund,,-700,0,EUR,2026-03-02,")
    page.get_by_role("button", name="Take it in").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    clerk.accessible()
    page.get_by_role("link", name="Decide what does not fit").click()
    clerk.accessible()
    row = page.get_by_role("row").filter(has_text=known)
    row.get_by_label("Note for staff").fill("of the shop before")
    row.get_by_role("button", name="Ignore it").click()
    expect(page.get_by_text("The decision is kept")).to_be_visible()
    clerk.go("/admin/settlements?view=exceptions&state=resolved")
    expect(page.get_by_text("of the shop before").first).to_be_visible()
    clerk.accessible()
    for view in ("payouts", "webhooks"):
        clerk.go(f"/admin/settlements?view={view}")
        clerk.accessible()


def test_a_long_file_and_one_of_another_make_are_taken_in(visit: Visit) -> None:
    mark = uuid.uuid4().hex[:8]
    clerk = visit()
    clerk.allowed_statuses = {422}
    page = clerk.go("/admin")
    sign_in(page)

    def choose(rows: list[str]) -> None:
        content = "\n".join([HEADER, *rows]).encode()
        named = FilePayload(name=f"year {mark}.csv", mimeType="text/csv", buffer=content)
        page.locator("[data-file-into]").set_input_files(named)
        expect(page.get_by_text("The file is long")).to_be_visible()

    clerk.go("/admin/settlements")
    rows = [f"{mark}-{number},fee,of the year {mark},-1,0,EUR,2026-03-02," for number in range(5000)]
    choose([*rows, "odd,theft,,1,0,EUR,2026-03-02,"])
    page.get_by_role("button", name="Take it in").click()
    expect(page.get_by_role("alert").filter(has_text="line 5002")).to_be_visible()
    clerk.accessible_in_both_themes()
    choose(rows)
    page.get_by_role("button", name="Take it in").click()
    expect(page.get_by_role("heading", name=f"year {mark}.csv")).to_be_visible()
    expect(page.get_by_text("5,000").first).to_be_visible()

    clerk.go("/admin/settlements")
    page.get_by_label("Its name").fill(f"other {mark}.csv")
    page.get_by_label("The file's lines").fill(f"What,Ref,Sum,Cur,Date\nSale,pi_{mark},12.50,EUR,2026-03-02")
    page.get_by_text("A file of another make").click()
    page.get_by_label("Its columns are").select_option("mapped")
    for label, column in (("kind", "What"), ("reference", "Ref"), ("amount", "Sum"), ("currency", "Cur")):
        page.get_by_label(f"Column of the {label}").fill(column)
    page.get_by_label("Column of the day").fill("Date")
    page.get_by_label("What its words mean").fill("Sale=capture")
    page.get_by_role("button", name="Take it in").click()
    expect(page.get_by_text("Write pairs")).to_be_visible()
    expect(page.get_by_label("Column of the amount")).to_have_value("Sum")
    clerk.accessible_in_both_themes()
    page.get_by_label("What its words mean").fill("Sale:capture")
    page.get_by_role("button", name="Take it in").click()
    expect(page.get_by_role("heading", name=f"other {mark}.csv")).to_be_visible()
