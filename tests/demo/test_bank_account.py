"""The account that a demo shop names: well formed, and nobody's."""

from __future__ import annotations

import re

from tradewind.cli.seed import DEMO_BANK_ACCOUNT, with_demo_settings

NAME = "TRADEWIND_PAYMENT_BANK_ACCOUNT"


def test_the_demos_account_is_well_formed_and_no_banks() -> None:
    found = re.search(r"IBAN ([A-Z0-9 ]+), BIC (\w{8})$", DEMO_BANK_ACCOUNT)
    assert found is not None
    iban, bic = found[1].replace(" ", ""), found[2]
    digits = "".join(str(int(char, 36)) for char in iban[4:] + iban[:4])
    assert int(digits) % 97 == 1
    assert iban[4:12] == "00000000", "no bank has this code"
    assert bic[7] == "0", "of tests, says ISO 9362"


def test_a_shop_that_names_its_own_account_keeps_it() -> None:
    assert with_demo_settings({})[NAME] == DEMO_BANK_ACCOUNT
    assert with_demo_settings({NAME: ""})[NAME] == DEMO_BANK_ACCOUNT
    assert with_demo_settings({NAME: "Aldea GmbH, DE02"})[NAME] == "Aldea GmbH, DE02"
