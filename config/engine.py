"""How the engine cuts time into bars, how late a trade may be, and how fast a replay runs."""

from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from config.durations import Duration, between, format_duration
from config.errors import unfit
from config.values import Frozen, Listed, whole

DAY = timedelta(days=1)
STANDARD = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 60, 1440))
FASTEST = 1_000_000


def _speed(value: object) -> float | str:
    if value == "max":
        return "max"
    if type(value) in (int, float) and 0 < value <= FASTEST:  # type: ignore[operator]
        return float(value)  # type: ignore[arg-type]
    raise unfit(f'must be "max" or a factor above 0 and up to {FASTEST}')


def _indicators(value: object) -> object:
    if value == "all":
        return value
    if isinstance(value, list | tuple) and value and all(isinstance(name, str) for name in value):
        return tuple(value)
    raise unfit('must be "all" or a list of indicator columns such as [rsi_14, atr_14]')


def _standard_intervals(settled: dict[str, Any]) -> tuple[timedelta, ...]:
    base: timedelta = settled["base_interval"]
    return tuple(span for span in STANDARD if not span % base) or (base,)


class ConventionSettings(Frozen):
    """Choices on which platforms differ; each changes numbers, none is wrong.

    Attributes:
        ema_seed: exponential averages start from the simple average of their first n values
            (``sma``), or from the first value (``first``, as TradingView has it).
        true_range: whether average true ranges count high - low of bar 1: ``wilder`` not,
            ``tradingview`` so.
        aroon_tie: which of several equal extremes Aroon counts from, ``newest`` or ``oldest``.
    """

    ema_seed: Literal["sma", "first"] = "sma"
    true_range: Literal["wilder", "tradingview"] = "wilder"
    aroon_tie: Literal["newest", "oldest"] = "newest"


class EngineSettings(Frozen):
    """Bars, lateness and pace.

    Attributes:
        base_interval: the bars that trades are gathered into, 1s to 1d; divides a day.
        intervals: the bars that are published, ascending; multiples of the base that divide a day.
            Default: those of 1m, 5m, 1h and 1d that fit the base.
        late_allowance: how far a trade may lie behind the newest of its symbol, 0s to 1d; whole
            base intervals. Default: two of them.
        max_future_skew: how far a row may be ahead: of the wall clock live, of the feed's own clock
            in a replay. Beyond it the row is rejected, since it would close every open bar.
        flush: how often partial bars leave a live feed, 1ms to 10s.
        chunk_bytes: how much of a file is parsed at a time; no result depends on it.
        speed: market time over wall time in a replay, or ``max``.
        indicators: ``all``, or the columns wanted.
        conventions: how indicators begin and break ties, advice included.
        forming: publish bars that are still open.
        checkpoint_every: how often a live run stores where its feeds stand, 1s to 1h; a restart
            reads again what came since.
        max_staleness: how long the last answers are served while a part is away, 1s to 1d.
    """

    base_interval: Annotated[Duration, between("1s", "1d")] = timedelta(minutes=1)
    intervals: Annotated[tuple[Duration, ...], Listed] = Field(default_factory=_standard_intervals)
    late_allowance: Annotated[Duration, between("0s", "1d")] = Field(
        default_factory=lambda settled: min(2 * settled["base_interval"], DAY)
    )
    max_future_skew: Annotated[Duration, between("1s", "365d")] = timedelta(days=10)
    flush: Annotated[Duration, between("1ms", "10s")] = timedelta(milliseconds=50)
    chunk_bytes: Annotated[int, whole(4096, 1 << 30)] = 8 << 20
    speed: Annotated[float | Literal["max"], BeforeValidator(_speed)] = "max"
    indicators: Annotated[Literal["all"] | tuple[str, ...], BeforeValidator(_indicators)] = "all"
    conventions: ConventionSettings = ConventionSettings()
    forming: bool = True
    checkpoint_every: Annotated[Duration, between("1s", "1h")] = timedelta(seconds=15)
    max_staleness: Annotated[Duration, between("1s", "1d")] = timedelta(minutes=5)

    @model_validator(mode="after")
    def _check_grid(self) -> Self:
        base = format_duration(self.base_interval)
        if DAY % self.base_interval:
            raise unfit("must divide a day", key="base_interval", was=f'"{base}"')
        for place, span in enumerate(self.intervals):
            key, was = f"intervals[{place}]", f'"{format_duration(span)}"'
            if not span or span % self.base_interval:
                raise unfit(f'must be a multiple of base_interval "{base}"', key=key, was=was)
            if DAY % span:
                raise unfit("must divide a day", key=key, was=was)
        if not self.intervals or list(self.intervals) != sorted(set(self.intervals)):
            names = ", ".join(map(format_duration, self.intervals)) or "empty"
            raise unfit("must be ascending, each interval once", key="intervals", was=names)
        if self.late_allowance % self.base_interval:
            was = f'"{format_duration(self.late_allowance)}"'
            text = f'must be a multiple of base_interval "{base}"'
            raise unfit(text, key="late_allowance", was=was)
        return self

    @property
    def interval_names(self) -> tuple[str, ...]:
        """The published intervals as the tables name them: ``1m``, ``5m``, ``1h``, ``1d``."""
        return tuple(map(format_duration, self.intervals))
