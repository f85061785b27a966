"""``yieldflow replay --check-bars``: a second source leaves every table but advice as it is."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from pathway.internals.parse_graph import G

from config.settings import ConfigError, load_settings
from connectors.sources.columns import parse_mapping
from connectors.sources.source import FileSource
from pipeline.cli import main
from pipeline.inputs import gather
from tests.pipeline.conftest import KEYS, final_table

HEADER = "symbol,ts_event,open,high,low,close,volume"
HOLDINGS = "portfolio_id,symbol,quantity\np,A,10\np,B,10\n"


def lines(*, shift: float = 0.0) -> list[str]:
    found = []
    for number in range(40):
        day = f"2024-{1 + number // 28:02d}-{1 + number % 28:02d}"
        for symbol, base in (("A", 100.0), ("B", 50.0)):
            close = base + number % 5 + (shift if symbol == "A" else 0.0)
            found.append(f"{symbol},{day},{close},{close + 1},{close - 1},{close},100")
    return found


@pytest.fixture
def files(tmp_path: Path) -> Callable[[str, list[str]], Path]:
    def write(name: str, rows: list[str]) -> Path:
        path = tmp_path / name
        path.write_text("\n".join(rows) + "\n")
        return path

    return write


def run(out: Path, *flags: object) -> Path:
    code = main(["replay", *map(str, flags), "--interval", "1d", "--out", str(out), "--quiet"])
    assert code == 0
    G.clear()  # a command is one process; here several share one
    return out


def test_a_second_source_changes_no_table_of_the_market(
    tmp_path: Path, files: Callable[[str, list[str]], Path]
) -> None:
    market = files("bars.csv", [HEADER, *lines()])
    second = files("second.csv", [HEADER.replace("close", "last"), *lines(shift=5.0)])
    held = files("holdings.csv", HOLDINGS.splitlines())
    plain = run(tmp_path / "plain", "--bars", market, "--holdings", held)
    flags = ("--check-bars", second, "--map", "check_bars.close=last")
    checked = run(tmp_path / "checked", "--bars", market, "--holdings", held, *flags)
    for name in ("bars", "indicators", "signals", "positions"):
        left, right = (final_table(out / f"{name}.jsonl", KEYS[name]) for out in (plain, checked))
        assert left.equals(right), name
    assert json.loads((checked / "summary.json").read_text())["rows_in"] == 160


def test_a_second_source_alone_is_no_market(
    tmp_path: Path,
    files: Callable[[str, list[str]], Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    second = files("second.csv", [HEADER, *lines()])
    flags = [
        "replay",
        "--check-bars",
        str(second),
        "--interval",
        "1d",
        "--out",
        str(tmp_path / "o"),
    ]
    assert main(flags) == 2
    assert "needs --trades, --bars or --snapshots" in capsys.readouterr().err


def test_a_map_entry_of_the_second_source_that_it_has_no_column_for_is_refused(
    tmp_path: Path,
    files: Callable[[str, list[str]], Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    market = files("bars.csv", [HEADER, *lines()])
    flags = ["replay", "--bars", str(market), "--check-bars", str(market), "--interval", "1d"]
    assert main([*flags, "--map", "check_bars.close=last", "--out", str(tmp_path / "out")]) == 2
    assert "no file has a column `last`" in capsys.readouterr().err


def test_actions_come_first_then_second_sources_then_history(
    files: Callable[[str, list[str]], Path],
) -> None:
    bars = files("bars.csv", [HEADER, *lines()])
    trades = files("trades.csv", ["symbol,ts_event,price,size", "A,2024-01-05,1,1"])
    actions = files("actions.csv", ["symbol,ts_event,ratio", "A,2024-01-05,2:1"])
    day = timedelta(days=1)
    found = gather(
        [
            FileSource.inspect(trades, "trades"),
            FileSource.inspect(bars, "bars", interval=day),
            FileSource.inspect(trades, "trades", check=True, mapping=[parse_mapping("size=size")]),
            FileSource.inspect(bars, "bars", interval=day, check=True),
            FileSource.inspect(actions, "actions"),
        ]
    )
    assert [(source.kind, source.check) for source in found.market] == [
        ("actions", False),
        ("bars", True),
        ("trades", True),
        ("bars", False),
        ("trades", False),
    ]


PROFILE = """
data_sources:
  - {type: bars, path: bars.csv, interval: 1d}
  - {type: TYPE, path: second.csv, interval: INTERVAL, check: true}
engine: {base_interval: 1m, intervals: [1m, 1d]}
advice: {interval: 1d}
"""


def test_a_profile_may_name_a_second_source(files: Callable[[str, list[str]], Path]) -> None:
    files("bars.csv", [HEADER, *lines()])
    files("second.csv", [HEADER, *lines()])
    text = PROFILE.replace("TYPE", "bars").replace("INTERVAL", "1d")
    settings = load_settings(files("profile.yaml", text.splitlines()), {})
    assert [source.check for source in settings.data_sources] == [False, True]


def test_bars_of_a_second_source_are_of_the_advice_interval(
    files: Callable[[str, list[str]], Path],
) -> None:
    files("bars.csv", [HEADER, *lines()])
    files("second.csv", [HEADER, *lines()])
    text = PROFILE.replace("TYPE", "bars").replace("INTERVAL", "1m")
    with pytest.raises(ConfigError, match=r"data_sources\[1\].interval: must be advice.interval"):
        load_settings(files("profile.yaml", text.splitlines()), {})


def test_only_trades_and_bars_may_be_a_second_source(
    files: Callable[[str, list[str]], Path],
) -> None:
    files("bars.csv", [HEADER, *lines()])
    files("second.csv", HOLDINGS.splitlines())
    text = PROFILE.replace("TYPE", "holdings").replace(", interval: INTERVAL", "")
    with pytest.raises(
        ConfigError, match=r"data_sources\[1\].check: belongs to type trades or bars"
    ):
        load_settings(files("profile.yaml", text.splitlines()), {})


def test_a_profile_needs_a_first_source(files: Callable[[str, list[str]], Path]) -> None:
    files("bars.csv", [HEADER, *lines()])
    text = PROFILE.replace("interval: 1d}\n", "interval: 1d, check: true}\n", 1)
    text = "\n".join(line for line in text.splitlines() if "second" not in line)
    with pytest.raises(ConfigError, match="must list a feed of type"):
        load_settings(files("profile.yaml", text.splitlines()), {})
