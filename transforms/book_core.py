"""The book: all portfolios, kept up to date by changes of market, holdings and instruments.

Its final tables are a pure function of the final closed bars, the holding documents with their
times, and the policy, in whatever order and portions they arrived.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from transforms.advice.policy import BookPolicy, Timeline
from transforms.book_block import FEED_ENDED, NEVER, Block
from transforms.book_changes import BookChanges
from transforms.book_holdings import Holdings
from transforms.book_market import MarketHistory, Touch
from transforms.book_positions import PositionRows
from transforms.book_rejects import HoldingRejects, Reject
from transforms.book_risk import RiskDesk
from transforms.book_sessions import SESSIONS_KEPT, SessionHistory
from transforms.book_shelf import Shelf
from transforms.book_times import iso_minute
from transforms.kernels.columns import Ints
from transforms.market_delta import FIRST_FIELD, ROW_FIELDS, CorporateAction, MarketDelta
from transforms.portfolio.actions import ActionTable
from transforms.portfolio.documents import Document
from transforms.portfolio.fx import FxTable
from transforms.portfolio.instruments import InstrumentFacts, InstrumentTable
from transforms.portfolio.transactions import Transaction

ALWAYS = -1  # before any instant
SPARE_SESSIONS = 48  # looked back at beyond the window: sessions that not all holdings share


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
        self.sessions = SessionHistory(policy.risk.window + SPARE_SESSIONS, SESSIONS_KEPT)
        self.instruments = InstrumentTable()
        self.fx = FxTable()
        self.actions = ActionTable()
        self.accounts: dict[str, Sequence[Transaction]] = {}
        self._interval, self._label, self._currency, self._feeds = interval, label, currency, feeds
        self._blocks: list[Block] = []
        self._block_of: dict[str, Block] = {}
        self._newest: dict[tuple[tuple[int, str], ...], Block] = {}
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
        self._apply_actions(delta.actions)
        touched = self._record_bars(delta) if len(delta.rows) else NEVER
        self._record_sessions(delta, touched)

    def _record_bars(self, delta: MarketDelta) -> int:
        """The earliest instant that changed."""
        touches, refused = self.market.record(delta.names, delta.rows)
        split = {action.symbol for action in delta.actions}  # re-scales what was let go as well
        self._refused += [touch for touch in refused if touch.symbol not in split]
        if not touches:
            return NEVER
        first = min(touches, key=lambda touch: (touch.instant, touch.symbol))
        others = f" and {len(touches) - 1} more" if len(touches) > 1 else ""
        cause = f"{first.kind} {first.symbol} {iso_minute(first.instant)}{others}"
        self._revise_all(first.instant, cause)
        return first.instant

    def _record_sessions(self, delta: MarketDelta, touched: int) -> None:
        """Closes of sessions; one that comes late revises the instants behind its session."""
        if not len(delta.daily):
            return
        codes = [self.market.code(delta.names[int(code)]) for code in delta.daily[:, 0]]
        end = self.sessions.record(np.array(codes, np.int64), delta.daily)
        if end is None or end >= touched:
            return
        for block in self._blocks:
            if end <= block.shelf.now.time:
                block.revise(end, f"session_close {iso_minute(end)}")

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
            timeline = self.policy.timeline(document.portfolio_id)
            block = self._newest.get(timeline.name)
            if block is None or not block.takes(document.ts_event):
                block = self._newest[timeline.name] = self._block(timeline)
            self._block_of[document.portfolio_id] = block
        return block

    def _block(self, timeline: Timeline) -> Block:
        holdings = Holdings(
            self.instruments,
            self.market.code,
            self.market.names,
            interval=self._interval,
            label=self._label,
            currency=self._currency,
            fx=self.fx,
            actions=self.actions,
        )
        rows = PositionRows(self.policy.reprice_bps)
        desk = RiskDesk(
            self.sessions, self.market.code, self.policy.risk, self.accounts, self.actions
        )
        block = Block(Shelf(timeline, holdings, desk), rows, HoldingRejects())
        self._blocks.append(block)
        return block

    def apply_instruments(self, facts: Iterable[tuple[str, InstrumentFacts | None]]) -> None:
        """Take facts about symbols in (None removes them); they count from the start."""
        changed = [symbol for symbol, fact in facts if self.instruments.put(symbol, fact)]
        if changed:
            for block in self._blocks:
                block.shelf.holdings.reclassify()
                block.revise(ALWAYS, "instruments")

    def apply_rates(self, rates: Iterable[tuple[str, str, int, float]]) -> None:
        """Take exchange rates in: (currency, base, time, rate)."""
        had = bool(self.fx)
        for currency, base, time, rate in rates:
            if self.fx.put(currency, base, time, rate):
                self._revise_all(time, f"fx {currency}/{base} {iso_minute(time)}")
        if self.fx and not had:  # bases of portfolios may differ from what they were
            self._read_again("fx")

    def apply_transactions(self, portfolio: str, entries: Sequence[Transaction]) -> None:
        """Take the transactions of an account in; they replace those known before."""
        if self.accounts.get(portfolio) == entries:
            return
        self.accounts[portfolio] = entries
        block = self._block_of.get(portfolio)
        if block is not None:
            block.revise(ALWAYS, "transactions")

    def _apply_actions(self, actions: Iterable[CorporateAction]) -> None:
        """Splits: what was held before is counted in new units, as prices before are."""
        for action in actions:
            if self.actions.put(action):
                ratio = f"{action.new}:{action.old}"
                self._read_again(f"{action.kind} {action.symbol} {ratio} {iso_minute(action.ex)}")

    def _read_again(self, cause: str) -> None:
        """Documents mean something else from the start."""
        for block in self._blocks:
            block.revise(ALWAYS, cause)
            for row in range(len(block.shelf.holdings.portfolios)):
                block.shelf.refresh(row)

    def take_changes(self) -> BookChanges:
        """Evaluate what is due; the net difference to what was handed out before."""
        changes, due = BookChanges(), [block for block in self._blocks if block.is_due]
        changes.instants, changes.instants_gone = self.market.take_instants()
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

    def retold(self) -> MarketDelta:
        """The last bar of every symbol and the closes of sessions."""
        state = self.market.current()
        codes = np.flatnonzero(state.priced)
        rows = np.zeros((len(codes), len(ROW_FIELDS)))
        rows[:, 0], rows[:, 1], rows[:, 2] = codes, state.bar_instant[codes], 1.0
        rows[:, FIRST_FIELD:] = state.values[codes]
        return MarketDelta(
            list(self.market.names), rows, state.instant, False, 0, self.sessions.retold()
        )

    def _forget(self) -> None:
        """Let go of what retention no longer covers."""
        surplus = self.market.surplus()
        if surplus is None:
            return
        if not self._blocks:  # nobody has walked, and only what was walked can be let go
            list(self.market.walk())
        kept = [block.shelf.forget(surplus) for block in self._blocks]
        self.market.forget(min(kept, default=surplus), max(kept, default=surplus))
        self.sessions.forget(min(kept, default=surplus))
