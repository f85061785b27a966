"""Which format a file is of, and that no line of any of them is lost, whatever is done to it."""

import csv
import io
import json
import random
import re
from pathlib import Path

import pytest

from connectors.imports.documents import holding_lines, transaction_lines
from connectors.imports.formats import FORMATS, detect, read_import
from connectors.imports.imported import KINDS, ImportRefused
from connectors.sources import transactions
from tests.connectors.imports import samples
from tests.connectors.imports.conftest import Read

HOLDING = json.dumps(samples.kite_holding())
KITE = samples.kite(*(samples.kite_holding(name) for name in "ABCDE")).decode()
ACTIVITIES = json.dumps(
    {
        "activities": [
            {"date": "2021-09-16", "symbol": "A", "type": kind, "quantity": 1, "unitPrice": 2}
            for kind in ("BUY", "SELL", "DIVIDEND", "FEE", "INTEREST", "ITEM", "LIABILITY")
        ]
    }
)
FILES = {
    "console": ("zerodha_console", samples.CONSOLE),
    "kite table": ("zerodha_console", samples.KITE_TABLE),
    "tradebook": ("zerodha_console", samples.TRADEBOOK),
    "kite": ("kite_json", KITE),
    "flex": ("ibkr_flex", samples.FLEX),
    "flex csv": ("ibkr_flex", samples.FLEX_CSV),
    "ghostfolio csv": ("ghostfolio", samples.GHOSTFOLIO),
    "ghostfolio json": ("ghostfolio", ACTIVITIES),
    "trade republic": ("trade_republic", samples.TRADE_REPUBLIC),
}


def records(format: str, text: str) -> int:
    """How many records a file has, counted without the parsers."""
    if format == "kite_json":
        return len(json.loads(text)["data"])
    if text.startswith("{"):
        return len(json.loads(text)["activities"])
    if text.startswith("<"):
        own = "OpenPosition|Trade|Order|SymbolSummary|CashTransaction|CorporateAction"
        return len(re.findall(rf"<(?:{own}) ", text))
    separator = ";" if format == "trade_republic" else ","
    rows = csv.reader(io.StringIO(text), delimiter=separator)
    return sum(any(cell.strip() for cell in row) for row in rows) - 1  # the header


@pytest.mark.parametrize("name", FILES)
def test_the_format_is_told_from_what_a_file_holds(name: str) -> None:
    format, text = FILES[name]
    assert detect(text.encode()) == format
    assert detect(b"\xef\xbb\xbf" + text.encode()) == format


@pytest.mark.parametrize("data", [b"a,b\n1,2\n", b'{"a": 1}', b"<html/>", b"[1, 2]", b"hello"])
def test_another_file_is_refused_with_the_list_of_formats(data: bytes) -> None:
    with pytest.raises(ImportRefused) as refused:
        detect(data, "mine.csv")
    message = str(refused.value)
    assert message.startswith("mine.csv is of no format")
    assert all(name in message for name in FORMATS)
    assert "\n" not in message


def test_a_format_that_a_file_is_not_of_is_refused() -> None:
    with pytest.raises(ImportRefused, match="is no Kite Connect JSON"):
        read_import(samples.CONSOLE.encode(), format="kite_json")
    with pytest.raises(ImportRefused, match="unknown format 'xyz'"):
        read_import(samples.CONSOLE.encode(), format="xyz")


@pytest.mark.parametrize("name", FILES)
def test_every_line_of_a_file_is_accounted_for(read: Read, name: str) -> None:
    format, text = FILES[name]
    imported = read(text)
    assert len(imported.lines) == records(format, text)
    assert imported.unaccounted == ()
    assert not [one for one in imported.findings if one.kind == "not_read"]


@pytest.mark.parametrize("name", FILES)
def test_a_line_is_either_left_out_or_counts_never_both(read: Read, name: str) -> None:
    imported = read(FILES[name][1])
    left_out = {one.line for one in imported.findings if one.left_out}
    counting = {one.line for one in imported.transactions}
    if not imported.from_trades:
        counting |= {line for holding in imported.holdings for line in holding.lines}
    assert not left_out & counting


@pytest.mark.parametrize("name", FILES)
def test_no_line_is_lost_however_a_file_is_garbled(read: Read, name: str) -> None:
    format, text = FILES[name]
    draw = random.Random(name)
    values = sorted(set(re.findall(r"[A-Za-z0-9.-]{1,24}", text)))
    for _ in range(150):
        garbled = text
        for _ in range(draw.randint(1, 4)):
            old = draw.choice(values)
            new = draw.choice(["", "x", "0", "-1", "1,5", "1.234,5", "ten", "31-31-2021", "Total"])
            garbled = (
                garbled.replace(old, new) if draw.random() < 0.3 else (garbled.replace(old, new, 1))
            )
        try:
            imported = read(garbled)
        except ImportRefused:
            continue  # the header was hit: the file as a whole is refused
        if imported.format == format and not text.startswith(("<", "{")):
            assert len(imported.lines) == records(format, garbled)
        assert imported.unaccounted == ()
        assert not [one for one in imported.findings if one.kind == "not_read"], garbled


def test_real_files_are_accounted_for_line_by_line(shared: Path, read: Read) -> None:
    files = [
        *sorted((shared / "data" / "portfolio").glob("*.*")),
        *sorted((shared / "wire" / "zerodha_kite").glob("*holdings.json")),
        shared / "wire" / "zerodha_kite" / "trades.json",
    ]
    present = [file for file in files if file.exists()]
    if not present:
        pytest.skip("no file of a broker is beside this clone")
    for file in present:
        imported = read(file.read_bytes())
        assert len(imported.lines) == records(imported.format, file.read_text()), file
        assert imported.unaccounted == ()


def test_kinds_of_transactions_are_those_that_files_of_ours_may_have() -> None:
    assert set(KINDS) == transactions.KINDS


def test_documents_keep_targets_and_say_null_for_what_is_not_known(read: Read) -> None:
    imported = read(samples.FLEX)
    lines = holding_lines(imported.holdings, {"VTI": 0.5, "GOLD": 0.25})
    by_symbol = {line["symbol"]: line for line in lines}
    assert list(by_symbol) == sorted(by_symbol)
    assert by_symbol["VTI"] == {
        "symbol": "VTI", "quantity": 17.0, "avg_cost": 204.4061, "currency": "USD",
        "target_weight": 0.5,
    }  # fmt: skip
    assert by_symbol["GOLD"] == {
        "symbol": "GOLD", "quantity": 0.0, "avg_cost": None, "currency": None,
        "target_weight": 0.25,
    }  # fmt: skip
    assert by_symbol["XYZ"]["currency"] is None
    times = [line["ts_event"] for line in transaction_lines(imported.transactions)]
    assert times == sorted(times)
