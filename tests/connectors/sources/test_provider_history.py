from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from connectors.providers.observations import BarRow, Observation, Quote
from connectors.providers.spec import Retryable
from connectors.sources.history import HistoryLost, HistorySpan
from connectors.sources.provider_history import ProviderHistory

SPAN = HistorySpan(timedelta(days=1), 400, "America/New_York")
OPEN = 1_768_487_400_000_000  # 2026-01-15 09:30 in New York
MIDNIGHT = OPEN - 9 * 3_600_000_000 - 1_800_000_000
DAY = 86_400_000_000


def ask(symbols: Sequence[str]) -> tuple[list[Observation], Mapping[str, str]]:
    bars = [BarRow(symbol, OPEN, 1.0, 3.0, 1.0, 2.0, 10.0, DAY) for symbol in symbols[:-1]]
    return [*bars, Quote("A", OPEN, 1.0)], {symbols[-1]: "yahoo: away"}


def test_bars_become_rows_and_what_is_not_known_yet_is_told() -> None:
    history = ProviderHistory(ask, SPAN)
    found, later = history(["A", "B", "C"]), history(["D", "E"])
    assert found.bars.drop("line").rows() == [
        ("A", MIDNIGHT, 1.0, 3.0, 1.0, 2.0, 10.0),
        ("B", MIDNIGHT, 1.0, 3.0, 1.0, 2.0, 10.0),
    ]
    assert found.missing == {"C": "yahoo: away"}
    assert found.rejects == ()
    numbers = [*found.bars["line"], *later.bars["line"]]
    assert numbers == list(range(numbers[0], numbers[0] + 3))


def test_no_answer_at_all_is_lost_history() -> None:
    def fail(symbols: Sequence[str]) -> tuple[list[Observation], Mapping[str, str]]:
        raise Retryable("nobody is there")

    with pytest.raises(HistoryLost, match="nobody is there"):
        ProviderHistory(fail, SPAN)(["A"])


def test_an_answer_without_bars_is_an_empty_history() -> None:
    found = ProviderHistory(lambda symbols: ([], {}), SPAN)(["A"])
    assert found.bars.height == 0
    assert SPAN.before(found.bars, {"A": OPEN}).height == 0
