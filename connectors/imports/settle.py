"""A draft -> what is imported: symbols as they are called here, lots merged, nothing forgotten."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from connectors.imports.checks import checked
from connectors.imports.draft import Draft, Entry, Lot
from connectors.imports.imported import (
    Imported,
    ImportedHolding,
    ImportedTransaction,
    KnownInstruments,
)
from connectors.imports.numerals import LARGEST, shown
from connectors.imports.positions import walked

Named = TypeVar("Named", Lot, Entry)


def settled(draft: Draft, format: str, *, known: KnownInstruments, latest: int | None) -> Imported:
    """Holdings, transactions and findings of a file that was read.

    Args:
        draft: what its lines say.
        format: name of the format.
        known: symbols and ISINs of here.
        latest: microseconds UTC; transactions after it are told.
    """
    draft.lots = _as_called_here(draft.lots, known, draft)
    draft.entries = _as_called_here(draft.entries, known, draft)
    counting = checked(draft, latest)
    known_ratios, left = walked(counting)
    entries = _with_splits(counting, known_ratios, draft)
    from_trades = not draft.lots and any(entry.kind in ("buy", "sell") for entry in entries)
    lots = left if from_trades else draft.lots
    holdings = _merged(lots, draft)
    _tell_unknown(lots, entries, known, draft)
    transactions = tuple(map(_transaction, entries))
    lines, findings = draft.lines, tuple(draft.findings)
    told = Imported(format, holdings, transactions, findings, lines, from_trades)
    for line in told.unaccounted:  # a fault of a reader must not lose a line in silence
        draft.drop(line, "not_read", "nothing came of this line")
    findings = tuple(sorted(draft.findings, key=lambda finding: (finding.line, finding.kind)))
    return replace(told, findings=findings)


def _as_called_here(rows: Iterable[Named], known: KnownInstruments, draft: Draft) -> list[Named]:
    """Rows with the symbol that their ISIN has here; told once per symbol."""
    found, told = [], set()
    for row in rows:
        ours = known.by_isin.get(row.isin or row.symbol)
        if row.symbol and row.symbol not in known.symbols and ours and ours != row.symbol:
            if row.symbol not in told:
                text = f"{row.symbol} is {ours} here, by ISIN {row.isin or row.symbol}"
                draft.note(row.line, "symbol_mapped", text, ours)
                told.add(row.symbol)
            row = replace(row, symbol=ours)
        found.append(row)
    return found


def _with_splits(said: list[Entry], known: list[Entry], draft: Draft) -> list[Entry]:
    """Splits with a ratio; one of what is not held is left out."""
    kept = []
    for before, after in zip(said, known, strict=True):
        if after.kind == "split" and not after.quantity:
            text = "a split of what is not held then"
            draft.drop(after.line, "split_of_nothing", text, after.symbol)
            continue
        if before.added is not None:
            added, ratio = shown(before.added), float(after.quantity or 0)
            text = f"{added} units added: one unit became {ratio:.6g}"
            draft.note(after.line, "split_ratio", text, after.symbol)
        kept.append(after)
    return kept


def _merged(lots: Iterable[Lot], draft: Draft) -> tuple[ImportedHolding, ...]:
    groups: dict[str, list[Lot]] = {}
    for lot in lots:
        groups.setdefault(lot.symbol, []).append(lot)
    found = (_holding(symbol, groups[symbol], draft) for symbol in sorted(groups))
    return tuple(holding for holding in found if holding is not None)


def _holding(symbol: str, lots: list[Lot], draft: Draft) -> ImportedHolding | None:
    quantity, lines = sum((lot.quantity for lot in lots), Decimal()), _lines(lots)
    if len(lots) > 1:
        text = f"{len(lots)} lots merged into {shown(quantity)}, at their weighted average cost"
        draft.note(lots[0].line, "split_lots", text, symbol)
    if not quantity:
        for line in lines:
            draft.drop(line, "zero_quantity", "nothing is held: the quantity is 0", symbol)
        return None
    if abs(quantity) > LARGEST:
        for line in lines:
            draft.drop(line, "too_large", f"nobody holds {quantity:.3g} units", symbol)
        return None
    if quantity < 0:
        text = f"{shown(quantity)} are held: sold short, or a purchase is missing"
        draft.note(lots[0].line, "negative_quantity", text, symbol)
    currencies = {lot.currency for lot in lots}
    if len(currencies) > 1 or "" in currencies:
        kind = "mixed_currencies" if len(currencies) > 1 else "missing_currency"
        draft.note(lots[0].line, kind, "the currency of its cost is not clear", symbol)
    cost = _cost(lots, quantity) if len(currencies) == 1 else None
    return ImportedHolding(
        symbol=symbol,
        quantity=float(quantity),
        avg_cost=None if cost is None else float(cost),
        currency=lots[0].currency if len(currencies) == 1 else "",
        name=next((lot.name for lot in lots if lot.name), ""),
        isin=next((lot.isin for lot in lots if lot.isin), ""),
        lines=lines,
    )


def _lines(lots: Iterable[Lot]) -> tuple[int, ...]:
    return tuple(sorted({lot.line for lot in lots}))


def _cost(lots: list[Lot], quantity: Decimal) -> Decimal | None:
    """Average weighted by units; None when one is unknown. A single lot keeps its own digits."""
    if len(lots) == 1:
        return lots[0].avg_cost
    known = [lot.avg_cost * lot.quantity for lot in lots if lot.avg_cost is not None]
    return sum(known, Decimal()) / quantity if len(known) == len(lots) else None


def _tell_unknown(
    lots: Iterable[Lot], entries: Iterable[Entry], known: KnownInstruments, draft: Draft
) -> None:
    """Symbols without prices or facts are kept and told, each once."""
    if not known.symbols:
        return
    told: set[str] = set()
    rows: list[Lot | Entry] = [*lots, *entries]
    for row in rows:
        if row.symbol and row.symbol not in known.symbols and row.symbol not in told:
            isin = f" (ISIN {row.isin})" if row.isin and row.isin != row.symbol else ""
            text = f"{row.symbol}{isin} is not among the instruments: it is kept without a price"
            draft.note(row.line, "unknown_symbol", text, row.symbol)
            told.add(row.symbol)


def _transaction(entry: Entry) -> ImportedTransaction:
    quantity, price, amount, fee = (
        None if value is None else float(value)
        for value in (entry.quantity, entry.price, entry.amount, entry.fee)
    )
    return ImportedTransaction(
        entry.line,
        entry.ts_event,
        entry.kind,
        entry.symbol,
        quantity,
        price,
        amount,
        fee,
        entry.currency,
    )
