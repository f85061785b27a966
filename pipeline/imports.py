"""``yieldflow import FILE``: a broker's file as the input files of a replay, and a report."""

import argparse
import csv
import gzip
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from connectors.imports.documents import holding_lines, transaction_lines
from connectors.imports.formats import AUTO, FORMATS, read_import
from connectors.imports.imported import Finding, Imported, ImportRefused, KnownInstruments
from connectors.imports.instruments import read_known

HOLDINGS: Final = ("portfolio_id", "symbol", "quantity", "avg_cost", "currency")
TRANSACTIONS: Final = (
    *("portfolio_id", "ts_event", "kind", "symbol", "quantity", "price"),
    *("amount", "fee", "currency"),
)
SHOWN = 3  # findings of one kind that the report spells out
DESCRIPTION = f"""Writes holdings.csv, transactions.csv and findings.jsonl to DIR. Every line of the
file becomes a holding, a transaction or a finding that says why not. The files are what
`yieldflow replay --holdings ... --transactions ...` reads. Formats, told by what the file holds:
{"; ".join(f"{name}: {format.label}" for name, format in FORMATS.items())}."""


def add_import(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the others."""
    command = commands.add_parser(
        "import", help="holdings and transactions from a broker's file", description=DESCRIPTION
    )
    command.add_argument("file", type=Path, metavar="FILE", help="as the broker gives it")
    command.add_argument(
        "--format",
        choices=(AUTO, *FORMATS),
        default=AUTO,
        help="format of the file (default: auto)",
    )
    command.add_argument(
        "--portfolio", default="imported", metavar="ID", help="its name (default: imported)"
    )
    command.add_argument(
        "--instruments",
        type=Path,
        default=None,
        metavar="F",
        help="CSV of symbol and, if there is one, isin: other symbols are told, ISINs translated",
    )
    command.add_argument("--out", type=Path, required=True, metavar="DIR")


def import_file(options: argparse.Namespace) -> int:
    """Read the file, write what it gives, print the report; returns the exit code.

    Raises:
        ImportRefused: the file cannot be read, or nothing can be written; one line.
    """
    known = None if options.instruments is None else instruments_of(options.instruments)
    imported = read_import(
        _bytes(options.file),
        format=options.format,
        filename=options.file.name,
        known=known,
        latest=time.time_ns() // 1000,
    )
    try:
        write(imported, options.portfolio, options.out)
    except OSError as error:
        raise ImportRefused(f"cannot write to {options.out}: {error.strerror}") from None
    print("\n".join(report(imported, options.file.name, options.out)))
    return 0


def instruments_of(path: Path) -> KnownInstruments:
    """Symbols and ISINs of a CSV file, packed or not.

    Raises:
        ImportRefused: it cannot be read, or has no column of symbols.
    """
    try:
        return read_known(_bytes(path))
    except ImportRefused as error:
        raise ImportRefused(f"{path}: {error}") from None


def write(imported: Imported, portfolio: str, out: Path) -> None:
    """Write holdings, transactions and findings to a folder."""
    out.mkdir(parents=True, exist_ok=True)
    _write_csv(out / "holdings.csv", HOLDINGS, portfolio, holding_lines(imported.holdings))
    booked = transaction_lines(imported.transactions)
    _write_csv(out / "transactions.csv", TRANSACTIONS, portfolio, booked)
    lines = (orjson.dumps(finding) + b"\n" for finding in imported.findings)
    (out / "findings.jsonl").write_bytes(b"".join(lines))


def report(imported: Imported, name: str, out: Path) -> list[str]:
    """What was read and what there is to know about it, line by line."""
    left_out = [finding for finding in imported.findings if finding.left_out]
    notes = [finding for finding in imported.findings if not finding.left_out]
    label, lost = FORMATS[imported.format].label, len({finding.line for finding in left_out})
    how = ", the sum of the trades at average cost" if imported.from_trades else ""
    return [
        f"{name}: {label} ({imported.format}), {_counted(len(imported.lines), 'line')}",
        f"  {_counted(len(imported.holdings), 'holding')}{how}",
        f"  {_counted(len(imported.transactions), 'transaction')}",
        f"  {_counted(lost, 'line')} left out, {_counted(len(notes), 'note')}",
        *_listed("left out", left_out),
        *_listed("note", notes),
        f"-> {out / 'holdings.csv'}, transactions.csv, findings.jsonl",
    ]


def _listed(what: str, findings: Sequence[Finding]) -> Iterable[str]:
    kinds: dict[str, list[Finding]] = {}
    for finding in findings:
        kinds.setdefault(finding.kind, []).append(finding)
    for kind, found in kinds.items():
        for finding in found[:SHOWN]:
            symbol = f"{finding.symbol}: " if finding.symbol else ""
            where = f"line {finding.line}: " if finding.line else ""
            yield f"  {what:8} {kind:22} {where}{symbol}{finding.message}"
        if len(found) > SHOWN:
            yield f"  {what:8} {kind:22} and {len(found) - SHOWN} more"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _write_csv(
    path: Path, columns: Sequence[str], portfolio: str, lines: Iterable[dict[str, Any]]
) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([portfolio, *(line[name] for name in columns[1:])] for line in lines)


def _bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if path.suffix == ".gz" else data
    except OSError as error:
        raise ImportRefused(f"{path}: {error.strerror or error}") from None
    except EOFError:
        raise ImportRefused(f"{path}: the packed file is cut short") from None
