"""Interactive Brokers: a Flex Query as XML (positions, trades, cash, splits) or as CSV."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from connectors.imports import ibkr_records as lines
from connectors.imports.content import Content, Names, plain
from connectors.imports.draft import BadLine, Draft, Lot, Record
from connectors.imports.elements import Element, elements
from connectors.imports.imported import ImportRefused
from connectors.imports.tabular import ReadOne, read_records, read_table

NAME: Final = "ibkr_flex"
_OTHERS: Final[dict[str, Callable[[Record, Draft], None]]] = {
    "CashTransactions": lines.add_cash,
    "CorporateActions": lines.add_action,
}
_SECTIONS: Final = ("OpenPositions", "Trades", *_OTHERS)
_DEPTH: Final = 5  # FlexQueryResponse, FlexStatements, FlexStatement, a section, its line
_OWN: Final = frozenset(("clientaccountid", "currencyprimary"))
_LEVELS: Final = {  # what stands among the trades beside them
    "Order": "ORDER",
    "SymbolSummary": "SYMBOL_SUMMARY",
    "AssetSummary": "ASSET_SUMMARY",
    "Lot": "CLOSED_LOT",
    "WashSale": "WASH_SALE",
}


def matches(content: Content) -> bool:
    """Whether a file is the answer to a Flex Query."""
    if content.kind == "xml":
        return b"<FlexQueryResponse" in content.data or b"<FlexStatementResponse" in content.data
    return content.header(_fits) is not None


def read(content: Content, draft: Draft) -> None:
    """Positions, trades, cash and splits; other sections are told.

    Raises:
        ImportRefused: the file is no XML, or an error message of the service.
    """
    statement = _Statement(draft)
    if content.kind == "xml":
        _read_xml(elements(content.data), statement)
    else:
        read_table(content, _fits, lines.NUMERIC, draft, statement.reader)
    statement.settle()


def _fits(names: Names) -> bool:
    return bool(names & _OWN) and _section_of(names) is not None


def _section_of(names: Names) -> str | None:
    """Which section the columns of a CSV are those of."""
    if {"symbol", "quantity", "tradeprice"} <= names:
        return "Trades"
    if {"symbol", "costbasisprice"} <= names and names & set(lines.QUANTITY):
        return "OpenPositions"
    return "CashTransactions" if {"type", "amount"} <= names else None


@dataclass
class _Statement:
    """Lines that are told twice, at different levels of detail, until it is clear which count."""

    draft: Draft
    positions: list[tuple[Record, Lot]] = field(default_factory=list)
    orders: list[Record] = field(default_factory=list)
    executed: bool = False

    def add(self, section: str, record: Record) -> None:
        """Take one line in."""
        if section == "OpenPositions":
            self.positions.append((record, lines.lot(record, self.draft)))
        elif section != "Trades":
            _OTHERS[section](record, self.draft)
        elif lines.level(record) == "ORDER":
            self.orders.append(record)
        else:
            lines.add_trade(record, self.draft)
            self.executed = True

    def reader(self, names: Names) -> ReadOne:
        """What reads a line of CSV. A header within the file begins another section."""
        section, ended = _section_of(names) or "", False

        def read_one(record: Record) -> None:
            nonlocal ended
            if record.get("symbol") == "Symbol" or record.get("type") == "Type":
                ended = True
            if ended:
                raise BadLine(
                    "outside_the_table", "another section: import it as a file of its own"
                )
            self.add(section, record)

        return read_one

    def settle(self) -> None:
        """Of what is told as a sum and in parts, one counts: executions, but sums of lots."""
        for record in self.orders:
            if self.executed:
                text = "an order whose executions are told too"
                self.draft.drop(record.line, "detail_of_others", text, record.get("symbol"))
            else:
                read_records([record], self.draft, self._add_order)
        summed = {_place(*pair) for pair in self.positions if lines.level(pair[0]) != "LOT"}
        for record, one in self.positions:
            if lines.level(record) == "LOT" and _place(record, one) in summed:
                text = "a lot of a position whose sum is told too"
                self.draft.drop(record.line, "detail_of_others", text, one.symbol)
            else:
                self.draft.lots.append(one)

    def _add_order(self, record: Record) -> None:
        lines.add_trade(record, self.draft)


def _read_xml(found: list[Element], statement: _Statement) -> None:
    if found[0].tag != "FlexQueryResponse":
        raise ImportRefused("the service answered with a message, not with a statement")
    draft = statement.draft
    accounts = {one.attributes.get("accountId", "") for one in found if one.tag == "FlexStatement"}
    if len(accounts) > 1:
        text = f"statements of {len(accounts)} accounts: their holdings are added up"
        draft.note(0, "several_accounts", text)
    told = _placed(one for one in found if len(one.path) == _DEPTH)
    _tell_unread(told, draft)
    for section in _SECTIONS:
        records = (_record(one) for one in told if one.path[-2] == section)
        read_records(records, draft, partial(statement.add, section))


def _placed(found: Iterable[Element]) -> list[Element]:
    """Lines of sections; counted from 1 where several of them share a line of the file."""
    told = list(found)
    if len({one.line for one in told}) == len(told):
        return told
    return [replace(one, line=place) for place, one in enumerate(told, 1)]


def _record(one: Element) -> Record:
    cells = {plain(name): value.strip() for name, value in one.attributes.items()}
    if one.tag in _LEVELS:
        cells["levelofdetail"] = _LEVELS[one.tag]
    text = " ".join(f'{name}="{value}"' for name, value in one.attributes.items())
    return Record(one.line, cells, f"<{one.tag} {text}/>")


def _tell_unread(found: Iterable[Element], draft: Draft) -> None:
    """One finding for each section that holds neither positions nor transactions."""
    counts: dict[str, tuple[int, int]] = {}
    for one in found:
        if one.path[-2] not in _SECTIONS:
            line, count = counts.get(one.path[-2], (one.line, 0))
            counts[one.path[-2]] = (line, count + 1)
    for name, (line, count) in counts.items():
        draft.note(line, "section_not_read", f"{name}: {count} lines that move no holding")


def _place(record: Record, one: Lot) -> tuple[str, str, str]:
    return record.get("accountid", "clientaccountid"), one.symbol, record.get("conid")
