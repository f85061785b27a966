"""The book: all portfolios, kept up to date by changes of market, holdings and instruments.

Its final tables are a pure function of the final closed bars, the holding documents with their
times, and the policy, in whatever order and portions they arrived.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from transforms.advice.history import AdviceRow
from transforms.advice.policy import BookPolicy, Variant
from transforms.book_holdings import Holdings
from transforms.book_market import MarketHistory, Touch
from transforms.book_positions import PositionRow, PositionRows, RiskRow
from transforms.book_rejects import HoldingRejects, Key, Reject
from transforms.book_shelf import Shelf
from transforms.book_times import iso_minute
from transforms.kernels.columns import Ints
from transforms.market_delta import MarketDelta
from transforms.portfolio.documents import Document
from transforms.portfolio.instruments import InstrumentFacts, InstrumentTable

SHELF_SIZE = 4096  # portfolios of one shelf: its columns stay in the cache
CHEAP = 256  # portfolios that are walked again as fast as one
ALWAYS = -1  # before any instant
NEVER = np.iinfo(np.int64).max


class Book:
    """Portfolios, their value and their advice.

    Args:
        policy: rules and wording.
        interval: length of a bar of the advice interval, microseconds; label: its name.
        currency: of holdings and instruments that name none.
        feeds: how many series folds send deltas; the feed has ended when each of them has.
        keep: instants that may still be revised; None keeps all.
    """

    def __init__(
        self,
        policy: BookPolicy,
        *,
        interval: int = 60_000_000,
        label: str = "1m",
        currency: str = "",
        feeds: int = 1,
        keep: int | None = None,
    ) -> None:
        self.policy = policy
        self.market = MarketHistory(keep)
        self.instruments = InstrumentTable()
        self._interval, self._label, self._currency, self._feeds = interval, label, currency, feeds
        self._blocks: list[_Block] = []
        self._block_of: dict[str, _Block] = {}
        self._newest: dict[str, _Block] = {}
        self._ended: set[int] = set()
        self._refused: list[Touch] = []
        self._seq = 0

    @property
    def drained(self) -> bool:
        """Every feed has ended."""
        return len(self._ended) >= self._feeds

    def apply_market(self, delta: MarketDelta, feed: int = 0) -> None:
        """Take closed bars in; nothing is evaluated before ``take_changes``."""
        ended = self.drained
        if delta.drained:
            self._ended.add(feed)
        if self.drained and not ended:
            self._revise_all(NEVER, "feed ended")
        if not len(delta.rows):
            return
        touches, refused = self.market.record(delta.names, delta.rows)
        self._refused += refused
        if touches:
            first = min(touches, key=lambda touch: (touch.instant, touch.symbol))
            others = f" and {len(touches) - 1} more" if len(touches) > 1 else ""
            cause = f"{first.kind} {first.symbol} {iso_minute(first.instant)}{others}"
            self._revise_all(first.instant, cause)

    def _revise_all(self, time: int, cause: str) -> None:
        for block in self._blocks:
            block.revise(time, cause)

    def apply_holdings(self, documents: Iterable[Document]) -> None:
        """Take documents in; a revision that is known already is ignored."""
        for document in documents:
            block = self._block_for(document)
            if block.shelf.holdings.put(document):
                block.revise(document.ts_event, "holdings")
                block.shelf.refresh(block.shelf.holdings.row_of[document.portfolio_id])

    def _block_for(self, document: Document) -> _Block:
        """The portfolio's block; a new portfolio joins the newest one that is cheap to walk."""
        block = self._block_of.get(document.portfolio_id)
        if block is None:
            variant = self.policy.variant(document.portfolio_id)
            name = variant.ruleset_hash()
            block = self._newest.get(name)
            if block is None or not block.takes(document.ts_event):
                block = self._newest[name] = self._block(variant)
            self._block_of[document.portfolio_id] = block
        return block

    def _block(self, variant: Variant) -> _Block:
        holdings = Holdings(
            self.instruments,
            self.market.code,
            self.market.names,
            interval=self._interval,
            label=self._label,
            currency=self._currency,
        )
        block = _Block(
            Shelf(variant, holdings), PositionRows(self.policy.reprice_bps), HoldingRejects()
        )
        self._blocks.append(block)
        return block

    def apply_instruments(self, facts: Iterable[tuple[str, InstrumentFacts | None]]) -> None:
        """Take facts about symbols in (None removes them); they count from the start."""
        changed = [symbol for symbol, fact in facts if self.instruments.put(symbol, fact)]
        if changed:
            for block in self._blocks:
                block.shelf.holdings.reclassify()
                block.revise(ALWAYS, "instruments")

    def take_changes(self) -> BookChanges:
        """Evaluate what is due; the net difference to what was handed out before."""
        self._evaluate()
        changes = BookChanges()
        for block in self._blocks:
            if block.revised != NEVER or block.causes:
                self._collect(block, changes)
            block.revised, block.causes = NEVER, []
        changes.rejects += [
            Reject(f"book:{touch.symbol}", touch.instant, "before_retention", "", touch.instant)
            for touch in self._refused
        ]
        self._refused = []
        self._forget()
        return changes

    def _evaluate(self) -> None:
        due = [block for block in self._blocks if block.revised != NEVER or block.causes]
        if not due or not self.market.times:
            return
        times = np.array(self.market.times)
        starts = [self._rewind(block) for block in due]
        indexes = [self._first_indexes(times, block.shelf.holdings.first_times()) for block in due]
        last = self.market.times[-1]
        for state in self.market.walk(min(starts) if min(starts) >= 0 else None):
            for block, index_of in zip(due, indexes, strict=True):
                if state.instant > block.shelf.now.time:
                    block.shelf.walk(
                        state, last=self.drained and state.instant == last, index_of=index_of
                    )
        for block, index_of in zip(due, indexes, strict=True):
            block.shelf.finish(index_of, drained=self.drained)

    def _first_indexes(self, times: Ints, since: Ints) -> Ints:
        """Index of the first instant of each portfolio; 0 when retention has let go of it."""
        found = self.market.forgotten + np.searchsorted(times, since)
        return np.where(since <= self.market.limit, 0, found)

    def _rewind(self, block: _Block) -> int:
        shelf, time = block.shelf, block.revised
        if shelf.view is not None and (shelf.view.drained or self.drained):
            time = min(time, shelf.now.time)
        return shelf.rewind(time, ", ".join(block.causes))

    def _collect(self, block: _Block, changes: BookChanges) -> None:
        shelf = block.shelf
        upserts, gone, log = shelf.history.take()
        changes.advice += upserts
        changes.advice_gone += gone
        for change in log:
            row, self._seq = change.row, self._seq + 1
            changes.log.append(
                LogEntry(
                    row.advice_id,
                    self._seq,
                    row.portfolio_id,
                    row.rule_id,
                    row.subject,
                    change.change,
                    change.cause,
                    change.as_of,
                )  # fmt: skip
            )
        if shelf.view is not None:
            rows, keys = block.rows.positions(shelf.view)
            changes.positions, changes.positions_gone = (
                changes.positions + rows,
                changes.positions_gone + keys,
            )
            risks, portfolios = block.rows.risks(shelf.view)
            changes.risks, changes.risks_gone = (
                changes.risks + risks,
                changes.risks_gone + portfolios,
            )
            rejects, places = block.rejects.update(shelf.view, shelf.holdings, shelf.take_renewed())
            changes.rejects, changes.rejects_gone = (
                changes.rejects + rejects,
                changes.rejects_gone + places,
            )

    def _forget(self) -> None:
        """Let go of what retention no longer covers."""
        surplus = self.market.surplus()
        if surplus is None:
            return
        kept = [block.shelf.forget(surplus) for block in self._blocks]
        self.market.forget(min(kept, default=surplus), max(kept, default=surplus))
