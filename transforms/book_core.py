"""The book: all portfolios, kept up to date by changes of market, holdings and instruments.

Its final tables are a pure function of the final closed bars, the holding documents with their
times, and the policy, in whatever order and portions they arrived.
"""

from collections.abc import Iterable

import numpy as np

from transforms.advice.policy import BookPolicy, Variant
from transforms.book_block import FEED_ENDED, NEVER, Block
from transforms.book_changes import BookChanges
from transforms.book_holdings import Holdings
from transforms.book_market import MarketHistory, Touch
from transforms.book_positions import PositionRows
from transforms.book_rejects import HoldingRejects, Reject
from transforms.book_shelf import Shelf
from transforms.book_times import iso_minute
from transforms.kernels.columns import Ints
from transforms.market_delta import MarketDelta
from transforms.portfolio.documents import Document
from transforms.portfolio.instruments import InstrumentFacts, InstrumentTable

ALWAYS = -1  # before any instant


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
        self._blocks: list[Block] = []
        self._block_of: dict[str, Block] = {}
        self._newest: dict[str, Block] = {}
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
            self._revise_all(NEVER, FEED_ENDED)
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

    def _block_for(self, document: Document) -> Block:
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

    def _block(self, variant: Variant) -> Block:
        holdings = Holdings(
            self.instruments,
            self.market.code,
            self.market.names,
            interval=self._interval,
            label=self._label,
            currency=self._currency,
        )
        rows = PositionRows(self.policy.reprice_bps)
        block = Block(Shelf(variant, holdings), rows, HoldingRejects())
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
        changes, due = BookChanges(), [block for block in self._blocks if block.is_due]
        if self.market.times:
            self._walk(due)
        else:
            for block in due:
                block.shelf.restart(block.cause)
        for block in due:
            self._seq = block.collect(changes, self._seq)
        changes.rejects += [
            Reject(f"book:{touch.symbol}", touch.instant, "before_retention", "", touch.instant)
            for touch in self._refused
        ]
        self._refused = []
        self._forget()
        return changes

    def _walk(self, due: list[Block]) -> None:
        if not due:
            return
        times = np.array(self.market.times)
        start = min(block.rewind(drained=self.drained) for block in due)
        indexes = [self._first_indexes(times, block.shelf.holdings.first_times()) for block in due]
        for state in self.market.walk(start if start >= 0 else None):
            last = self.drained and state.instant == times[-1]
            for block, index_of in zip(due, indexes, strict=True):
                if state.instant > block.shelf.now.time:
                    block.shelf.walk(state, last=last, index_of=index_of)
        for block, index_of in zip(due, indexes, strict=True):
            block.shelf.finish(index_of, drained=self.drained)

    def _first_indexes(self, times: Ints, since: Ints) -> Ints:
        """Index of the first instant of each portfolio; 0 when retention has let go of it."""
        found = self.market.forgotten + np.searchsorted(times, since)
        return np.where(since <= self.market.limit, 0, found)

    def _forget(self) -> None:
        """Let go of what retention no longer covers."""
        surplus = self.market.surplus()
        if surplus is None:
            return
        kept = [block.shelf.forget(surplus) for block in self._blocks]
        self.market.forget(min(kept, default=surplus), max(kept, default=surplus))
