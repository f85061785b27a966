"""What accounts have sent beside the files of a profile: into the dataflow, and from the API."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from config.settings import Settings
from connectors.imports.imported import ImportRefused, KnownInstruments
from connectors.imports.instruments import joined
from connectors.sources.holdings import HoldingDocument
from connectors.sources.ledger_tail import Tail
from connectors.sources.live_holdings import Market, read_live_holdings, read_live_transactions
from connectors.sources.transactions import TransactionDocument
from connectors.store.documents import DocumentReader, StoredHoldings, StoredTransactions
from connectors.store.ledger import Ledger
from pipeline.graph import Sources
from pipeline.imports import instruments_of
from pipeline.inputs import Inputs
from serving.holdings import HoldingsDesk


def live_sources(sources: Sources, inputs: Inputs, tail: Tail, market: Market) -> Sources:
    """The sources of a run that also takes holdings and transactions from its ledger.

    Args:
        sources: of the files.
        inputs: of the files.
        tail: how the ledger is followed.
        market: time of the market, microseconds UTC; None before the first trade.
    """
    holdings = read_live_holdings(tail, market=market)
    if sources.holdings is not None:
        holdings = sources.holdings.concat_reindex(holdings)
    return replace(
        sources, holdings=holdings, transactions=read_live_transactions(tail, inputs.accounts)
    )


def with_stored(inputs: Inputs, ledger: Path, until: int) -> Inputs:
    """The inputs of a replay of what a run with this ledger was given.

    Args:
        inputs: of the files.
        ledger: of the run.
        until: microseconds; what counts from a later time on is left out.

    Raises:
        LedgerUnavailable: the ledger cannot be read.
    """
    holdings, transactions = _stored(ledger)
    documents = [
        HoldingDocument(one.portfolio_id, one.revision, one.ts_event, one.document.encode())
        for one in holdings
        if one.ts_event <= until
    ]
    newest = {one.portfolio_id: one.document.encode() for one in transactions}
    accounts = [one for one in inputs.accounts if one.portfolio_id not in newest]
    accounts += [TransactionDocument(name, document) for name, document in newest.items()]
    if inputs.documents is not None or documents:
        return replace(inputs, documents=[*(inputs.documents or ()), *documents], accounts=accounts)
    return replace(inputs, accounts=accounts)


def holdings_desk(
    settings: Settings, inputs: Inputs, ledger: Ledger, market: Callable[[], int | None]
) -> HoldingsDesk:
    """What takes holdings in from requests.

    Args:
        settings: of the run; portfolios that it gives to accounts cannot be begun anew.
        inputs: of its files.
        ledger: where documents go.
        market: time of the market, microseconds UTC.
    """
    holdings, transactions = _stored(ledger.path)
    files: dict[str, Sequence[Any]] = {
        name: () for account in settings.accounts for name in account.portfolios
    }
    for document in inputs.documents or ():
        files[document.portfolio_id] = orjson.loads(document.document)
    return HoldingsDesk(
        ledger,
        holdings=holdings,
        transactions=transactions,
        files=files,
        market=market,
        known=_known(settings, inputs),
    )


def _known(settings: Settings, inputs: Inputs) -> KnownInstruments:
    """Symbols of the instruments, and their ISINs where a file has them."""
    parts = [KnownInstruments(frozenset(row.symbol for row in inputs.facts))]
    for source in settings.data_sources:
        if source.type == "instruments" and source.path is not None:
            try:
                parts.append(KnownInstruments(by_isin=instruments_of(source.path).by_isin))
            except ImportRefused:
                continue  # a Parquet or JSON file: its symbols are known, its ISINs are not
    return joined(parts)


def _stored(ledger: Path) -> tuple[list[StoredHoldings], list[StoredTransactions]]:
    reader = DocumentReader(ledger)
    try:
        return reader.holdings(0), reader.transactions(0)
    finally:
        reader.close()
