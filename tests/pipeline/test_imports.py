"""``yieldflow import``: files that a replay reads, a report, one line when it fails."""

import gzip
import json
from pathlib import Path

import polars as pl
import pytest

from connectors.sources.holdings import parse_holdings
from connectors.sources.source import FileSource
from connectors.sources.transactions import parse_transactions
from pipeline.cli import main
from tests.connectors.imports import samples
from tests.pipeline.conftest import Replay

SAMPLES = {
    "console.csv": samples.CONSOLE.encode(),
    "tradebook.csv": samples.TRADEBOOK.encode(),
    "kite.json": samples.kite(samples.kite_holding()),
    "flex.xml": samples.FLEX.encode(),
    "flex.csv": samples.FLEX_CSV.encode(),
    "ghostfolio.csv": samples.GHOSTFOLIO.encode(),
    "trade_republic.csv": samples.TRADE_REPUBLIC.encode(),
}


def run(folder: Path, name: str, data: bytes, *flags: object) -> tuple[int, Path]:
    """Import a file; the exit code and where it wrote."""
    file, out = folder / name, folder / "out"
    file.write_bytes(data)
    return main(["import", str(file), "--out", str(out), *map(str, flags)]), out


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_written_is_read_back_by_the_sources_of_a_replay(name: str, tmp_path: Path) -> None:
    code, out = run(tmp_path, name, SAMPLES[name], "--portfolio", "mine")
    assert code == 0
    held = parse_holdings(FileSource.inspect(out / "holdings.csv", "holdings"))
    booked = parse_transactions(FileSource.inspect(out / "transactions.csv", "transactions"))
    assert (held.rejects, booked.rejects) == ([], [])
    written = pl.read_csv(out / "holdings.csv", schema_overrides={"symbol": pl.String})
    lines = [line for document in held.documents for line in json.loads(document.document)]
    assert [line["symbol"] for line in lines] == written["symbol"].to_list()
    assert {document.portfolio_id for document in held.documents} == {"mine"}
    entries = [one for document in booked.documents for one in json.loads(document.document)]
    assert len(entries) == pl.read_csv(out / "transactions.csv").height


def test_the_report_counts_and_names_what_was_left_out_or_doubtful(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = run(tmp_path, "mine.csv", samples.TRADEBOOK.encode())
    said = capsys.readouterr().out
    assert code == 0
    assert "mine.csv: Zerodha Console holdings or tradebook (zerodha_console), 6 lines" in said
    assert "2 holdings, the sum of the trades at average cost" in said
    assert "4 transactions" in said
    assert "2 lines left out, 1 note" in said
    assert "left out duplicate_transaction  line 4: INFY: the same transaction" in said
    assert "note     negative_quantity      line 6: WIPRO" in said
    told = [json.loads(line) for line in (out / "findings.jsonl").read_text().splitlines()]
    assert [(one["line"], one["kind"], one["left_out"]) for one in told] == [
        (4, "duplicate_transaction", True),
        (6, "negative_quantity", False),
        (7, "unknown_kind", True),
    ]


def test_many_findings_of_a_kind_are_counted_in_the_report_and_all_in_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    items = [samples.kite_holding(f"S{n}", isin="", quantity=0) for n in range(9)]
    _, out = run(tmp_path, "kite.json", samples.kite(*items))
    assert "zero_quantity          and 6 more" in capsys.readouterr().out
    assert len((out / "findings.jsonl").read_text().splitlines()) == 9


@pytest.mark.parametrize("packed", [False, True])
def test_instruments_translate_isins_and_tell_what_they_do_not_know(
    tmp_path: Path, packed: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    text = b"Company Name,Industry,Symbol,Series,ISIN Code\nInfosys,IT,INFY,EQ,INE009A01021\n"
    file = tmp_path / ("list.csv.gz" if packed else "list.csv")
    file.write_bytes(gzip.compress(text) if packed else text)
    body = samples.kite(samples.kite_holding("INFY-BE"), samples.kite_holding("NOPE", isin=""))
    _, out = run(tmp_path, "kite.json", body, "--instruments", file)
    assert pl.read_csv(out / "holdings.csv")["symbol"].to_list() == ["INFY", "NOPE"]
    said = capsys.readouterr().out
    assert "INFY-BE is INFY here, by ISIN INE009A01021" in said
    assert "NOPE is not among the instruments" in said


@pytest.mark.parametrize(
    ("name", "data", "flags", "said"),
    [
        ("a.csv", b"hello", (), "a.csv is of no format that is known"),
        ("a.csv", b"", (), "the file is empty"),
        ("a.xlsx", b"PK\x03\x04", (), "save the sheet as CSV"),
        ("a.json", b"{", (), "no JSON"),
        ("a.csv", samples.CONSOLE.encode(), ("--format", "kite_json"), "no Kite Connect JSON"),
        ("a.csv", samples.CONSOLE.encode(), ("--instruments", "/nowhere.csv"), "/nowhere.csv"),
        ("a.csv", samples.CONSOLE.encode(), ("--instruments", __file__), "no column"),
        ("a.csv", samples.CONSOLE.encode(), ("--out", __file__), "cannot write to"),
    ],
)
def test_a_file_that_cannot_be_read_ends_with_2_and_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    data: bytes,
    flags: tuple[str, ...],
    said: str,
) -> None:
    code, _ = run(tmp_path, name, data, *flags)
    told = capsys.readouterr()
    assert (code, told.out) == (2, "")
    assert told.err.startswith("yieldflow: ")
    assert said in told.err
    assert told.err.count("\n") == 1


def test_a_file_that_is_not_there_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(tmp_path / "none.csv"), "--out", str(tmp_path)]) == 2
    assert "No such file" in capsys.readouterr().err


def test_an_imported_tradebook_is_advised_on_by_a_replay(tmp_path: Path, replay: Replay) -> None:
    text = samples.TRADEBOOK.replace("WIPRO,INE075A01022,2026-01-07,NSE,EQ,EQ,sell", "TCS,,x,,,,x")
    code, out = run(tmp_path, "tradebook.csv", text.encode(), "--portfolio", "mine")
    assert code == 0
    opened = 1_769_053_500_000_000
    trades = tmp_path / "trades.csv"
    rows = [f"INFY,{opened + minute * 60_000_000},1500,1" for minute in range(10)]
    trades.write_text("\n".join(["symbol,ts_event,price,size", *rows]) + "\n")
    tables = replay(
        *("--trades", trades, "--holdings", out / "holdings.csv"),
        *("--transactions", out / "transactions.csv"),
    )
    [position] = tables["positions"].to_dicts()
    assert (position["portfolio_id"], position["symbol"]) == ("mine", "INFY")
    assert (position["quantity"], position["cost_micros"]) == (25.0, 25 * 1_575_000_000)
    assert "P01" in set(tables["advice"]["rule_id"])


def test_the_real_export_of_trade_republic_is_imported(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = shared / "data" / "portfolio" / "traderepublic_transactions.csv"
    if not file.exists():
        pytest.skip(f"{file} is not there")
    assert main(["import", str(file), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "339 lines" in said
    assert "25 holdings" in said
    assert "0 lines left out" in said
