"""Every table of Yieldflow as a schema, in flow order: the data dictionary. Read this file first.

Times are integer microseconds since the epoch, UTC, named ``ts_*`` or ``*_start``. Money is integer
micros of the currency unit (``*_micros``). Prices and indicator values are floats. A value that is
missing is null, never 0 or NaN.
"""

import pathway as pw


class PartialBars(pw.Schema, append_only=True):
    """One micro-batch of a feed, reduced at the edge. One row per (feed, seq).

    ``part`` is an Arrow IPC stream. For ``kind`` ``trades`` it holds one row per (symbol, base bar)
    seen in the micro-batch (columns: TRADE_PART of connectors.sources.partial_bars), for ``bars``
    one row per revised bar (``BAR_PART``). It is empty for a row that only moves the clock.
    """

    feed: str
    seq: int = pw.column_definition(description="0, 1, 2 ... within the feed")
    kind: str = pw.column_definition(
        description="trades (additive) or bars (replace or withdraw by key)"
    )
    interval: int = pw.column_definition(description="microseconds of one bar in part")
    part: bytes
    clock: int = pw.column_definition(description="highest ts_event the feed has accepted so far")
    drained: bool = pw.column_definition(description="true on the last row of a finite feed")


class LatestPrice(pw.Schema):
    """The latest accepted trade of a symbol. One row per symbol."""

    symbol: str = pw.column_definition(primary_key=True)
    price: float = pw.column_definition(description="quote currency")
    size: float = pw.column_definition(description="units of the instrument")
    ts_event: int


class Rejected(pw.Schema):
    """Input that was refused. One row per (source, position)."""

    source: str
    position: int = pw.column_definition(
        description="1-based line or row number; 0: the source as a whole"
    )
    reason: str = pw.column_definition(
        description="a code: not_positive, late, duplicate_trade ..."
    )
    raw: str = pw.column_definition(
        description="the refused text, undecodable bytes escaped, cut at 2,000"
    )
    ts_recv: int = pw.column_definition(
        description="wall clock when live; the feed's clock in a replay"
    )


class Instrument(pw.Schema):
    """What is known of a symbol beside its prices. One row per symbol."""

    symbol: str = pw.column_definition(primary_key=True)
    name: str
    sector: str = pw.column_definition(description="'' when unknown")
    currency: str
    asset_class: str
    market_cap: float | None = pw.column_definition(description="units of currency")
    lot_size: int
    exchange: str


class Bar(pw.Schema):
    """Prices and volume over one interval. One row per (symbol, interval, bar_start)."""

    symbol: str
    interval: str = pw.column_definition(description="1m, 5m, 1h, 1d")
    bar_start: int
    open: float
    high: float
    low: float
    close: float
    volume: float = pw.column_definition(description="units of the instrument")
    trade_count: int = pw.column_definition(description="0 for a bar that a feed delivered whole")
    vwap: float | None = pw.column_definition(description="turnover / volume; null without volume")
    is_final: bool = pw.column_definition(
        description="the market clock has passed the end of the bar"
    )


class Signal(pw.Schema):
    """An event on a closed bar. One row per (symbol, interval, bar_start, signal)."""

    symbol: str
    interval: str
    bar_start: int
    signal: str = pw.column_definition(description="e.g. ema_20_crosses_ema_50")
    direction: int = pw.column_definition(description="+1 upwards, -1 downwards")
    fast_before: float
    slow_before: float
    fast_after: float
    slow_after: float


class Holding(pw.Schema):
    """What one portfolio owns from ``ts_event`` on. One row per (portfolio_id, revision).

    Append-only. A portfolio is one document: a change of holdings is one fact with one time.
    """

    portfolio_id: str
    revision: int
    ts_event: int = pw.column_definition(description="from when these holdings count; 0: always")
    document: bytes = pw.column_definition(
        description="JSON list of symbol, quantity, avg_cost, currency, target_weight"
    )


class Position(pw.Schema):
    """A holding marked to the last closed bar. One row per (portfolio_id, symbol) with a price."""

    portfolio_id: str
    symbol: str
    quantity: float = pw.column_definition(description="units, negative when short")
    price: float
    market_value_micros: int
    cost_micros: int | None = pw.column_definition(
        description="null when the holding has no avg_cost"
    )
    pnl_micros: int | None
    weight: float = pw.column_definition(description="fraction of the portfolio's value, 0 to 1")
    sector: str
    currency: str
    ts_event: int


class PortfolioRisk(pw.Schema):
    """Value and concentration of one portfolio at a closed bar. One row per portfolio_id."""

    portfolio_id: str
    value_micros: int
    hhi: float = pw.column_definition(description="sum of squared weights, 0 to 1")
    n_effective: float = pw.column_definition(description="1 / hhi")
    top5_weight: float
    sector_weights: pw.Json = pw.column_definition(description="sector -> fraction")
    volatility_pct: float | None
    var95_pct: float | None
    cvar95_pct: float | None
    beta: float | None
    drawdown_pct: float | None
    risk_score: float | None
    reasons: pw.Json = pw.column_definition(description="column -> why it is null")
    ts_event: int


class Advice(pw.Schema):
    """One finding of one rule about one subject of one portfolio. One row per advice_id."""

    advice_id: str
    portfolio_id: str
    rule_id: str
    subject: str = pw.column_definition(
        description="symbol or sector; '': the portfolio as a whole"
    )
    state: str = pw.column_definition(description="open, cleared, withheld, not_evaluated")
    severity: str = pw.column_definition(description="info, warn, alert")
    sentence: str = pw.column_definition(description="made from evidence alone")
    evidence: pw.Json
    suggestion: pw.Json
    clears_if: pw.Json
    as_of: int
    inputs_hash: str
    ruleset_hash: str
    cause: str = pw.column_definition(description="what brought the row to this state")
    disclaimer_id: str


class AdviceChange(pw.Schema):
    """What happened to advice, in the order it was found out. One row per (advice_id, seq)."""

    advice_id: str
    seq: int
    portfolio_id: str
    rule_id: str
    subject: str
    change: str = pw.column_definition(
        description="opened, cleared, withheld, resumed, revised, withdrawn"
    )
    cause: str = pw.column_definition(
        description="new_bar, late_bar, correction, holdings, rules; and where"
    )
    as_of: int


class UsageSum(pw.Schema, append_only=True):
    """Units in a stretch of the outbox. One row per (seq, account_id, meter, period_start)."""

    seq: int = pw.column_definition(description="last place of these units in the outbox")
    account_id: str
    meter: str
    period_start: int = pw.column_definition(
        description="start of the hour in which they were used"
    )
    quantity: int = pw.column_definition(description="negative when corrections outweigh")
    ts_last_event: int


class Usage(pw.Schema):
    """Units used. One row per (account_id, meter, granularity, period_start)."""

    account_id: str
    meter: str
    granularity: str = pw.column_definition(description="hour or month, UTC")
    period_start: int
    quantity: int
    ts_last_event: int
