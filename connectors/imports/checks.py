"""What is doubtful about transactions: told twice, of the future, money that does not add up."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Final

from connectors.imports.draft import Draft, Entry
from connectors.imports.numerals import shown

_CENT: Final = Decimal("0.01")
_TRADED: Final = ("buy", "sell")


def checked(draft: Draft, latest: int | None) -> list[Entry]:
    """The transactions that count, in the order of the file.

    Args:
        draft: gets a finding for each doubt.
        latest: what is later has not happened yet; None: not looked at.
    """
    entries = sorted(draft.entries, key=lambda entry: entry.line)
    found = [_settled(entry, draft) for entry in _once(entries, draft) if _is_whole(entry, draft)]
    for entry in found:
        if latest is not None and entry.ts_event > latest:
            draft.note(entry.line, "future_date", "the date has not come yet", entry.symbol)
        if not entry.currency and entry.kind != "split":
            draft.note(entry.line, "missing_currency", "no currency is named", entry.symbol)
    _tell_currencies(found, draft)
    return found


def _once(entries: Iterable[Entry], draft: Draft) -> list[Entry]:
    """Without what is told twice; an id that means two things is told, and both count."""
    known: dict[str, Entry] = {}
    kept = []
    for entry in entries:
        first = known.setdefault(entry.key, entry) if entry.key else entry
        if first is not entry and replace(first, line=entry.line) == entry:
            text = f"the same transaction {entry.key!r} stands in line {first.line}"
            draft.drop(entry.line, "duplicate_transaction", text, entry.symbol)
            continue
        if first is not entry:
            text = f"{entry.key!r} is also the id of another transaction, in line {first.line}"
            draft.note(entry.line, "reused_id", text, entry.symbol)
        kept.append(entry)
    return kept


def _is_whole(entry: Entry, draft: Draft) -> bool:
    """Whether a trade has units and a price, and a flow has money."""
    if entry.kind not in _TRADED:
        return True
    if not entry.quantity:
        text = "a trade of no units" if entry.quantity is not None else "a trade without units"
        draft.drop(entry.line, "zero_quantity", text, entry.symbol)
        return False
    if entry.quantity < 0 or (entry.price is None and entry.amount is None):
        kind = "negative_quantity" if entry.quantity < 0 else "missing_field"
        text = "a trade needs units above 0, and a price or an amount"
        draft.drop(entry.line, kind, text, entry.symbol)
        return False
    return True


def _settled(entry: Entry, draft: Draft) -> Entry:
    """A trade whose amount is without its fee, as ours are; told when it does not add up."""
    if entry.kind not in _TRADED or entry.price is None or entry.amount is None:
        return entry
    assert entry.quantity is not None, "looked at before"
    worth, fee = entry.quantity * entry.price, entry.fee or Decimal()
    slack = _slack(entry.quantity, entry.price)
    if abs(entry.amount - worth) <= slack:
        return entry
    net = worth + fee if entry.kind == "buy" else worth - fee
    if fee and abs(entry.amount - net) <= slack:
        text = f"the amount {shown(entry.amount)} contains the fee {shown(fee)}"
        draft.note(entry.line, "amount_includes_fee", text, entry.symbol)
        return replace(entry, amount=net - fee if entry.kind == "buy" else net + fee)
    units, price = shown(entry.quantity), shown(entry.price)
    text = f"{units} at {price} is {shown(worth)}, not {shown(entry.amount)}"
    draft.note(entry.line, "amount_mismatch", text, entry.symbol)
    return entry


def _slack(quantity: Decimal, price: Decimal) -> Decimal:
    """What rounding explains: of the amount to cents, of price and units to what they show."""
    return _CENT + quantity * _half(price) + price * _half(quantity)


def _half(value: Decimal) -> Decimal:
    """Half of the last decimal, of the second at least."""
    exponent = value.normalize().as_tuple().exponent
    assert isinstance(exponent, int), "numbers are finite"
    return Decimal(5).scaleb(min(exponent, -2) - 1)


def _tell_currencies(entries: Iterable[Entry], draft: Draft) -> None:
    counts = Counter(entry.currency for entry in entries if entry.currency)
    if len(counts) > 1:
        said = ", ".join(f"{count} in {name}" for name, count in sorted(counts.items()))
        text = f"transactions in several currencies ({said}): returns need one"
        draft.note(0, "several_currencies", text)
