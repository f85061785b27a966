from math import nan

import pytest

from connectors.providers.calls import Called
from connectors.providers.observations import BarRow, NewsItem, Observation, Quote
from pipeline.comparison import Reply, judge, missing_fields

NOW = 1_795_000_000_000_000


def reply(provider: str, *observations: Observation, error: str = "", calls: int = 1) -> Reply:
    found: dict[str, list[Observation]] = {}
    for one in observations:
        found.setdefault(one.symbol, []).append(one)
    made = [
        Called("quote", provider, "", "ok", NOW, latency_us=100 * n, bytes=10, cost_micros=2)
        for n in range(1, calls + 1)
    ]
    return Reply(provider, found, made, error, NOW)


def test_prices_are_told_from_their_median() -> None:
    verdicts = judge(
        [
            reply("a", Quote("X", NOW, 100.0)),
            reply("b", Quote("X", NOW, 101.0)),
            reply("c", Quote("X", NOW, 99.5)),
        ],
        ["X"],
    )
    assert [one.symbols[0].median_bps for one in verdicts] == pytest.approx([0.0, 100.0, -50.0])


def test_a_price_alone_has_no_median() -> None:
    [one, other] = judge([reply("a", Quote("X", NOW, 1.0)), reply("b", error="down")], ["X"])
    assert (one.symbols[0].price, one.symbols[0].median_bps) == (1.0, None)
    assert (other.symbols[0].price, other.symbols[0].error) == (None, "down")
    assert (one.answered, other.answered) == (True, False)


def test_requests_are_averaged_and_summed() -> None:
    [one, none] = judge([reply("a", calls=3), reply("b", calls=0)], ["X"])
    assert (one.requests, one.latency_us, one.bytes, one.cost_micros) == (3, 200, 30, 6)
    assert (none.requests, none.latency_us) == (0, None)


def test_the_newest_observation_gives_price_and_age() -> None:
    def bar(start: int, close: float) -> BarRow:
        return BarRow("X", start, 1.0, 2.0, 1.0, close, 5.0, 60)

    [one] = judge([reply("a", bar(NOW - 50, 7.0), bar(NOW - 20, 9.0), bar(NOW - 90, 8.0))], ["X"])
    [quality] = one.symbols
    assert (quality.observations, quality.price, quality.age_us) == (3, 9.0, 20)


def test_what_one_provider_lacks_is_a_row_all_the_same() -> None:
    [one] = judge([reply("a", Quote("X", NOW + 5, 1.0, "USD"))], ["X", "Y"])
    assert [(q.symbol, q.observations, q.error) for q in one.symbols] == [
        ("X", 1, ""),
        ("Y", 0, "gave nothing on it"),
    ]
    assert one.symbols[0].age_us == 0  # a time ahead of our clock


def test_fields_are_missing_when_one_observation_lacks_them() -> None:
    assert missing_fields([Quote("X", NOW, 1.0, "USD"), Quote("X", NOW, nan, "USD")]) == ("price",)
    assert missing_fields([NewsItem("X", NOW, "u", "t", "s")]) == ("summary", "sentiment")
    assert missing_fields([Quote("X", 0, 0.0, "USD")]) == ()
