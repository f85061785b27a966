"""Fixtures every test may use."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SHARED = Path(__file__).parent.parent.parent / "shared"


@pytest.fixture(autouse=True)
def _empty_graph() -> Iterator[None]:
    """Pathway collects every table in one global graph: no test may inherit another one's.

    Tests that never touch Pathway do not pay for its import.
    """
    yield
    if "pathway" in sys.modules:
        from pathway.internals.parse_graph import G

        G.clear()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real market files and reference vectors beside a clone."""
    if not SHARED.is_dir():
        pytest.skip("../shared is not beside this clone")
    return SHARED
