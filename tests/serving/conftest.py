from collections.abc import Iterator

import pytest

from tests.serving.fakes import Stage, options, position_row, quote_row


@pytest.fixture
def stage() -> Iterator[Stage]:
    """An app whose market has three names and one portfolio with two of them."""
    found = Stage(options())
    found.views.put("quotes", quote_row("INFY", 110.0), quote_row("TCS", 120.0))
    found.views.put(
        "instruments",
        {"symbol": "WIPRO", "name": "Wipro", "sector": "IT", "currency": "INR"},
        {"symbol": "TCS", "name": "TCS Ltd", "sector": "IT", "currency": "INR"},
    )
    found.views.put("positions", position_row("INFY", 10, 100.0), position_row("TCS", 5, 100.0))
    with found.client:
        yield found
