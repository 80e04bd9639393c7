"""Generated documents are what the code says: run `make docs`."""

from __future__ import annotations

from pathlib import Path

import pytest
from tools.reference.documents import documents

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", sorted(documents()))
def test_a_generated_document_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == documents()[name], "run `make docs`"
