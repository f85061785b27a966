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
    one row per revised bar (``BAR_PART``), for ``actions`` one row per split or bonus (ACTION_PART
    of connectors.sources.actions), for ``gaps`` one row per gap and symbol (GAP_PART of
    connectors.sources.feed_gaps). It is empty for a row that only moves the clock. A feed that has
    actions begins with a part of them, if only one without rows: bars are then kept in full.

    ``mark`` asks for a checkpoint: ``interval`` is its number, ``part`` the state of the feed.
    """

    feed: str
    seq: int = pw.column_definition(description="0, 1, 2 ... within the feed")
    kind: str = pw.column_definition(
        description="trades (additive), bars or actions (replace or withdraw by key), gaps, mark"
    )
    interval: int = pw.column_definition(description="microseconds of one bar in part")
    part: bytes
    clock: int = pw.column_definition(description="highest ts_event the feed has accepted so far")
    drained: bool = pw.column_definition(description="true on the last row of a finite feed")


class Checkpoint(pw.Schema, append_only=True):
    """State of one part of the engine at a mark of the feed. One row per (part, number)."""

    part: str = pw.column_definition(description="feed, series, book, track_record")
    number: int = pw.column_definition(description="of the mark")
    state: bytes = pw.column_definition(description="of transforms.frozen, or the feed's own")


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
    """Prices and volume over one interval. One row per (symbol, interval, bar_start).

    Prices and volumes of before a split or bonus are in the units of the symbol's newest bar.
    """

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
    adj_version: int = pw.column_definition(
        description="splits and bonuses that have re-scaled this bar; 0: as traded"
    )


class Adjustment(pw.Schema):
    """A split or bonus and what it re-scaled. One row per (symbol, interval, ex, kind).

    It is in force from the first bar of the symbol that starts at ``ex`` or later: bars before are
    then issued again with prices x old / new and volumes x new / old. A bar that ``ex`` lies inside
    of counts as before it, but for bars of a day, which go by their local date.
    """

    symbol: str
    interval: str
    ex: int = pw.column_definition(description="first instant in new units")
    kind: str = pw.column_definition(description="split or bonus")
    new: int = pw.column_definition(description="units afterwards ...")
    old: int = pw.column_definition(description="... for so many before; 2 and 1: one became two")
    bars: int = pw.column_definition(description="re-scaled; 0 until it is in force")


class FeedGap(pw.Schema):
    """A time in which a feed may have missed trades. One row per (source, symbol, ts_from).

    Bars that it touches may be wrong or, where nothing came at all, missing. Advice is withheld
    while it would rest on such a bar (D01).
    """

    source: str = pw.column_definition(description="name of the feed")
    symbol: str
    ts_from: int = pw.column_definition(description="the last event that is surely there")
    ts_to: int = pw.column_definition(description="the first one that is surely there again")
    cause: str = pw.column_definition(description="in words: reconnected, trade id 17 missing ...")
    first_bar: int = pw.column_definition(
        description="start of the first bar touched, of the interval that advice follows; "
        "of the shortest one without portfolios"
    )
    last_bar: int = pw.column_definition(description="start of the last bar touched")


class SessionClose(pw.Schema):
    """Close and volume of a session that is over. One row per (symbol, session_end).

    There are such rows only while portfolios are advised: their risk is computed from them.
    """

    symbol: str
    session_end: int = pw.column_definition(description="local midnight behind the session")
    close: float
    volume: float = pw.column_definition(description="units of the instrument")


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
    market_value_micros: int = pw.column_definition(description="base currency of the portfolio")
    cost_micros: int | None = pw.column_definition(
        description="base currency at today's rate; null when the holding has no avg_cost"
    )
    pnl_micros: int | None
    weight: float = pw.column_definition(description="fraction of the portfolio's value, 0 to 1")
    sector: str
    currency: str = pw.column_definition(description="of price and avg_cost")
    ts_event: int
    fx_rate: float = pw.column_definition(description="units of base currency per unit of currency")


class FxRate(pw.Schema, append_only=True):
    """What one unit of ``currency`` is worth from ``ts_event`` on. One row per (pair, ts_event)."""

    currency: str
    base: str
    ts_event: int
    rate: float = pw.column_definition(description="units of base per unit of currency")


class Transactions(pw.Schema, append_only=True):
    """What happened on the account of one portfolio. One row per portfolio_id."""

    portfolio_id: str
    document: bytes = pw.column_definition(
        description="JSON list of ts_event, kind, symbol, quantity, price, amount, fee, currency"
    )


class PortfolioRisk(pw.Schema):
    """Value, concentration and risk of one portfolio at a closed bar. One row per portfolio_id.

    Risk is that of the current weights over the last sessions that are over; it is brought up to
    date when a session ends and when holdings change. Numbers are null while ``reasons`` says why.
    """

    portfolio_id: str
    value_micros: int
    hhi: float = pw.column_definition(description="sum of squared weights, 0 to 1")
    n_effective: float = pw.column_definition(description="1 / hhi")
    top5_weight: float
    sector_weights: pw.Json = pw.column_definition(description="sector -> fraction")
    volatility_pct: float | None = pw.column_definition(description="% per year")
    var95_pct: float | None = pw.column_definition(
        description="one-day loss in % of value not exceeded on 95 % of days, historical"
    )
    cvar95_pct: float | None = pw.column_definition(
        description="mean one-day loss in % on the worst 5 % of days"
    )
    beta: float | None = pw.column_definition(description="against the benchmark")
    drawdown_pct: float | None = pw.column_definition(description="present fall from the high")
    risk_score: float | None = pw.column_definition(description="0 (calm) to 100")
    score_parts: pw.Json = pw.column_definition(description="part of the score -> 0 to 100")
    parametric_var95_pct: float | None
    sharpe: float | None = pw.column_definition(description="per year")
    sharpe_low: float | None = pw.column_definition(description="95 % interval; also sharpe_high")
    sharpe_high: float | None
    sortino: float | None
    max_drawdown_pct: float | None
    calmar: float | None
    alpha_pct: float | None = pw.column_definition(description="% per year")
    r_squared: float | None
    tracking_error_pct: float | None = pw.column_definition(description="% per year")
    average_correlation: float | None
    diversification_ratio: float | None
    days_to_liquidate: float | None = pw.column_definition(
        description="of the slowest position, at a tenth of its average daily volume"
    )
    xirr_pct: float | None = pw.column_definition(
        description="money-weighted return, % per year, from the account's transactions"
    )
    twr_pct: float | None = pw.column_definition(description="time-weighted return, % in all")
    sessions: int = pw.column_definition(description="common sessions the risk is computed from")
    exposures: pw.Json = pw.column_definition(
        description="dimension -> weights by label, hhi, hhi_normalised, n_effective"
    )
    contributions: pw.Json = pw.column_definition(description="symbol -> share of the variance")
    reasons: pw.Json = pw.column_definition(description="column -> why it is null")
    currency: str = pw.column_definition(description="base currency of the portfolio")
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
    severity: str = pw.column_definition(description="info, warn, alert; strength: good news")
    sentence: str = pw.column_definition(description="made from evidence alone")
    evidence: pw.Json
    suggestion: pw.Json
    clears_if: pw.Json
    as_of: int
    inputs_hash: str
    ruleset_hash: str
    cause: str = pw.column_definition(description="what brought the row to this state")
    disclaimer_id: str


class AdviceVersion(pw.Schema):
    """An advice row as it stood from ``valid_from`` on. One row per (advice_id, valid_from).

    The state at a time is, of each advice_id, the latest version up to then that is not removed.
    """

    advice_id: str
    valid_from: int
    removed: bool = pw.column_definition(
        description="the row went away at valid_from; the other columns say how it stood before, "
        "lists left out"
    )
    portfolio_id: str
    rule_id: str
    subject: str
    state: str
    severity: str
    sentence: str
    evidence: pw.Json
    suggestion: pw.Json
    clears_if: pw.Json
    as_of: int
    inputs_hash: str
    ruleset_hash: str
    cause: str
    disclaimer_id: str


class Evaluation(pw.Schema):
    """An instant of the market at which the rules were evaluated. One row per instant."""

    interval: str = pw.column_definition(description="of the bars that closed")
    instant: int


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


class TrackRecord(pw.Schema):
    """How advice has fared. One row per (rule_id, severity, direction, horizon) that has fired.

    Prices are followed for rules about one symbol, from the close of the session in which advice
    opened; an opening that several portfolios share is followed once.
    """

    rule_id: str
    severity: str
    direction: int = pw.column_definition(
        description="where the rule expects the price to go: -1 down, +1 up, 0 nowhere"
    )
    horizon: int = pw.column_definition(description="sessions: 1, 5 or 20")
    fired: int = pw.column_definition(description="rows of advice, of all portfolios")
    flips: int = pw.column_definition(
        description="of them, openings within 20 sessions after the same advice had cleared"
    )
    openings: int = pw.column_definition(description="distinct subjects and times of fired")
    n: int = pw.column_definition(description="openings that horizon sessions have followed")
    mean_return_pct: float | None = pw.column_definition(description="of the symbol, over horizon")
    hit_rate: float | None = pw.column_definition(
        description="share of n that went in direction; null when the rule has none"
    )
    reason: str = pw.column_definition(description="why mean_return_pct is null; '' when it is not")


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


class SystemMetric(pw.Schema, append_only=True):
    """A number that the system says of itself. One row per (name, part, ts_event)."""

    name: str = pw.column_definition(description="ticks, rejected, market_clock, lag, connected")
    part: str = pw.column_definition(description="feed, sink or reason; '' for the whole")
    value: float
    ts_event: int = pw.column_definition(description="wall clock")


class ProviderCall(pw.Schema, append_only=True):
    """One request to a provider, or answers given from the cache. One row per seq."""

    seq: int = pw.column_definition(description="0, 1, 2 ... within the run")
    capability: str = pw.column_definition(description="quote, bars, fundamentals, news, macro")
    provider: str
    arm: str = pw.column_definition(
        description="of the split, whoever was asked in its stead or beside it; '' without a split"
    )
    outcome: str = pw.column_definition(
        description="ok, retryable, fatal, unknown_symbol; cached: no request, only hits"
    )
    ts_started: int
    latency_us: int = pw.column_definition(description="from sending to the last byte")
    symbols: int = pw.column_definition(description="that were asked for")
    bytes: int = pw.column_definition(description="of the answer")
    cost_micros: int = pw.column_definition(description="of USD")
    aged: int = pw.column_definition(
        description="symbols whose newest ts_event came; a question is told with its last request"
    )
    age_us: int = pw.column_definition(description="their ages at receipt, summed")
    max_age_us: int = pw.column_definition(description="the highest of them")
    compared: int = pw.column_definition(description="prices that the arm had as well")
    disagreement_bps: int = pw.column_definition(description="their distances from it, summed")
    hits: int = pw.column_definition(description="values given from the cache")


class ProviderStats(pw.Schema):
    """What providers did in this run. One row per (capability, provider, arm).

    A mean is a sum over its count: integers, so that they are the same in any order.
    """

    capability: str
    provider: str
    arm: str = pw.column_definition(description="of the split; '' without one")
    calls: int = pw.column_definition(description="requests that were made")
    ok: int = pw.column_definition(description="of calls, as are the next three")
    retryable: int
    fatal: int
    unknown_symbol: int
    latency_us: int = pw.column_definition(description="sum over calls")
    max_latency_us: int
    aged: int = pw.column_definition(description="symbols whose age was seen")
    age_us: int = pw.column_definition(description="sum over aged: receipt less ts_event")
    max_age_us: int
    compared: int = pw.column_definition(description="prices compared with those of the arm")
    disagreement_bps: int = pw.column_definition(description="sum over compared")
    cost_micros: int = pw.column_definition(description="of USD, of calls")
    hits: int = pw.column_definition(description="values given from the cache instead of a call")
    ts_last_call: int | None = pw.column_definition(description="null before the first call")
