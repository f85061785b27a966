"""Retries and limits of one request."""

from pathlib import Path

import pytest

from connectors.providers.access import Access
from connectors.providers.spec import (
    Fatal,
    Retryable,
)
from tests.connectors.providers.conftest import AAPL, QUOTE, Opens, Time
from tests.connectors.providers.replay_server import ReplayServer, Reply, open_fetcher


def test_5xx_is_tried_again_with_growing_jitter(
    server: ReplayServer, opens: Opens, time: Time
) -> None:
    server.reply("/quote", Reply(status=502), Reply(b"<html>", status=503), Reply(QUOTE))
    outcomes: list[str] = []
    fetcher = opens()
    found = fetcher.fetch(
        "finnhub", "quote", ["AAPL"], on_call=lambda record: outcomes.append(record.outcome)
    )
    assert found == [AAPL]
    assert time.slept == [0.25, 0.5]  # half of 0.5 s, half of 1 s
    assert outcomes == ["retryable", "retryable", "ok"]


def test_it_gives_up_after_three_attempts(server: ReplayServer, opens: Opens) -> None:
    server.reply("/quote", Reply(status=500))
    with pytest.raises(Retryable, match="HTTP 500"):
        opens().fetch("finnhub", "quote", ["AAPL"])
    assert len(server.seen) == 3


def test_a_short_retry_after_is_waited_for(server: ReplayServer, opens: Opens, time: Time) -> None:
    server.reply("/quote", Reply(status=429, headers={"Retry-After": "3"}), Reply(QUOTE))
    begun = time.now
    assert opens().fetch("finnhub", "quote", ["AAPL"]) == [AAPL]
    assert time.now - begun == pytest.approx(3.0)


def test_a_long_retry_after_is_told_and_nothing_is_sent_before_it_is_over(
    server: ReplayServer, opens: Opens, time: Time
) -> None:
    server.reply("/quote", Reply(status=429, headers={"Retry-After": "120"}), Reply(QUOTE))
    fetcher = opens()
    with pytest.raises(Retryable) as caught:
        fetcher.fetch("finnhub", "quote", ["AAPL", "MSFT"])
    assert caught.value.after == 120.0
    time.now += 20.0
    with pytest.raises(Retryable, match="not called for another 100 s") as caught:
        fetcher.fetch("finnhub", "quote", ["AAPL"])
    assert caught.value.after == pytest.approx(100.0)
    assert len(server.seen) == 1
    time.now += 100.0
    assert fetcher.fetch("finnhub", "quote", ["AAPL"]) == [AAPL]


def test_limits_of_settings_hold_instead_of_the_specs(
    server: ReplayServer, opens: Opens, time: Time
) -> None:
    server.reply("/quote", Reply(QUOTE))
    fetcher = opens(rates=((2, 3.0), (3, 86_400.0)))
    begun = time.now
    for _ in range(3):
        fetcher.fetch("finnhub", "quote", ["AAPL"])
    assert time.now - begun == pytest.approx(3.0)
    with pytest.raises(Retryable, match="limit of 3 calls in 86,400 s") as caught:
        fetcher.fetch("finnhub", "quote", ["AAPL"])
    assert caught.value.after == pytest.approx(86_397.0)
    assert len(server.seen) == 3


def test_a_heavy_request_counts_as_much_as_it_weighs(server: ReplayServer, time: Time) -> None:
    server.reply("/trades", Reply(b"[]"))
    fetcher = open_fetcher(
        {"binance": Access(url=server.url, rates=((60, 3_600.0),))}, clock=time.clock
    )
    assert fetcher.fetch("binance", "trades", ["A", "B"]) == []
    with pytest.raises(Retryable, match="limit of 60 calls"):
        fetcher.fetch("binance", "trades", ["C"])
    fetcher.close()
    assert len(server.seen) == 2


def test_a_refused_key_is_not_tried_again(server: ReplayServer, opens: Opens, shared: Path) -> None:
    body = (shared / "wire/finnhub/rest_error_401.json").read_bytes()
    server.reply("/quote", Reply(body, status=401))
    with pytest.raises(Fatal, match="use an API key"):
        opens().fetch("finnhub", "quote", ["AAPL", "MSFT"])
    assert len(server.seen) == 1
