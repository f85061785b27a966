"""The command against a server that answers as three providers do, and misbehaves as they do."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from openfeature import api

from connectors.providers.cost_file import CostFile
from pipeline.cli import main
from tests.connectors.providers.replay_server import ReplayServer, Reply, serving

SECONDS = 1_795_000_000
PROFILE = """
data_sources: [{type: trades, path: trades.csv}]
providers:
  flags: {coingecko: false}
  prices: {coingecko: {per_call: "0.25", monthly_budget: "0.40"}}
"""


def json(content: object, **changed: object) -> Reply:
    return Reply(orjson.dumps(content), **changed)  # type: ignore[arg-type]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReplayServer]:
    """Yahoo knows AAA, CoinGecko AAA and BBB, Binance answers with a web page."""
    monkeypatch.setenv("YIELDFLOW_HOME", str(tmp_path / "home"))
    with serving() as running:
        coins = {name: {"usd": 100.5, "last_updated_at": SECONDS} for name in ("AAA", "BBB")}
        meta = {"symbol": "AAA", "regularMarketTime": SECONDS, "currency": "USD"}
        chart = {"result": [{"meta": meta | {"regularMarketPrice": 99.5}}], "error": None}
        running.reply("/simple/price", json(coins))
        running.reply("/v8/finance/chart/AAA", json({"chart": chart}))
        running.reply("/ticker/24hr", Reply(b"<html>[/bold] \x1b[31mno</html>", 403))
        yield running
    api.shutdown()


def flags(server: ReplayServer, *more: str) -> list[str]:
    names = ("coingecko", "yahoo", "binance")
    urls = [flag for name in names for flag in ("--base-url", f"{name}={server.url}")]
    given = ["compare-providers", "--symbols", "AAA,BBB", "--providers", ",".join(names)]
    return [*given, *urls, *more]


def test_providers_are_compared_in_one_table(
    server: ReplayServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(flags(server)) == 0
    shown = capsys.readouterr().out
    lines = {
        name: line for line in shown.splitlines() for name in ("coingecko", "yahoo") if name in line
    }
    assert "+50.0 bps" in lines["coingecko"]
    assert "-50.0 bps" in lines["yahoo"]
    assert "99.5" in lines["yahoo"]
    assert "HTTP 403" in shown
    assert "\x1b" not in shown


def test_the_same_for_programs(server: ReplayServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(flags(server, "--json")) == 0
    found = orjson.loads(capsys.readouterr().out)
    assert (found["capability"], found["symbols"]) == ("quote", ["AAA", "BBB"])
    coingecko, yahoo, binance = found["providers"]
    assert [one["price"] for one in coingecko["symbols"]] == [100.5, 100.5]
    assert [one["price"] for one in yahoo["symbols"]] == [99.5, None]
    assert [round(one["symbols"][0]["median_bps"]) for one in (coingecko, yahoo)] == [50, -50]
    assert yahoo["requests"] >= 2
    assert yahoo["symbols"][0]["age_us"] >= 0
    assert binance["requests"] >= 1
    assert all(one["error"].startswith("HTTP 403") for one in binance["symbols"])


def test_calls_are_booked_and_budgets_hold_but_flags_do_not(
    server: ReplayServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    profile = tmp_path / "profile.yaml"
    profile.write_text(PROFILE)
    (tmp_path / "trades.csv").write_text("symbol,ts_event,price,size\nX,1768448700000000,1,1\n")
    given = flags(server, "--json", "--config", str(profile))
    costs, errors = [], []
    for _ in range(2):
        main(given)
        coingecko = orjson.loads(capsys.readouterr().out)["providers"][0]
        costs.append(coingecko["cost"])
        errors.append(coingecko["symbols"][0]["error"])
    assert costs == ["0.25", "0.00"]
    assert errors[0] == ""
    assert errors[1].startswith("out of budget: 0.40 USD a month")
    file = CostFile(tmp_path / "home")
    assert sum(file.spent(month)["coingecko"] for month in _months(file)) == 250_000
    file.close()


def _months(file: CostFile) -> list[str]:
    from connectors.providers.budget import month_of
    from serving.options import wall_clock

    return [month_of(wall_clock())]


def test_nobody_answering_is_a_failure(
    server: ReplayServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.reply("/simple/price", Reply(status=500))
    server.reply("/v8/finance/chart/AAA", json({}, status=404))
    assert main(flags(server)) == 1
    assert "coingecko" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--providers", "coingekko"), "no provider 'coingekko'"),
        (("--base-url", "nobody=http://127.0.0.1"), "no provider 'nobody'"),
        (("--config", "nowhere.yaml"), "nowhere.yaml"),
    ],
)
def test_what_does_not_exist_is_named(
    given: tuple[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare-providers", "--symbols", "A", *given]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "given",
    [
        ("--symbols", "A,,B"),
        ("--symbols", "A", "--base-url", "coingecko"),
        ("--symbols", "A", "--base-url", "coingecko=ftp://x"),
        ("--symbols", "A", "--capability", "weather"),
        (),
    ],
)
def test_flags_that_mean_nothing_are_refused(given: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["compare-providers", *given])
    assert refused.value.code == 2


def test_all_that_have_it_are_asked_unless_some_are_named() -> None:
    from pipeline.compare_providers import chosen

    assert "iex_cloud" not in chosen(None, "quote")
    assert chosen(None, "macro") == ["fred", "nasdaq_data_link"]
    assert chosen(["iex_cloud"], "quote") == ["iex_cloud"]
