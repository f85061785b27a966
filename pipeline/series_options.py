"""Settings -> what the series fold must know: kernels per interval, the columns, the clocks."""

from collections.abc import Sequence
from datetime import timedelta

from config.settings import ConfigError, Settings, format_duration
from pipeline.calendars import session_hours
from transforms.kernels.columns import Kernel
from transforms.kernels.conventions import Conventions
from transforms.kernels.registry import INDICATORS, RULE_INPUTS, build_kernels
from transforms.market_delta import BOOK_FIELDS
from transforms.shard_fold import SeriesOptions

BESIDE_THE_BAR = (
    "close",
    "ts_last_trade",
    "count",
    "session",
    "volume",
    "other_close",
    "gap",
)  # book fields that are no indicators


def series_options(settings: Settings, *, advised: bool, forming: bool) -> SeriesOptions:
    """Options of ``build_series``.

    Args:
        settings: intervals, lateness, indicators wanted; session and year of the market.
        advised: whether there are portfolios, whose rules read closed bars.
        forming: also show bars that are not closed yet.
    """
    engine, market = settings.engine, settings.market
    advice_interval = format_duration(settings.advice.interval) if advised else None
    columns = INDICATORS if engine.indicators == "all" else tuple(engine.indicators)
    names, conventions = engine.interval_names, Conventions(**engine.conventions.model_dump())
    kernels: dict[str, Sequence[Kernel]] = {}
    for name, length in zip(names, engine.intervals, strict=True):
        inputs = RULE_INPUTS + BOOK_FIELDS if name == advice_interval else ()
        wanted = [*columns, *(field for field in inputs if field not in BESIDE_THE_BAR)]
        year = market.bars_per_year(length)
        kernels[name] = build_kernels(wanted, bars_per_year=year, conventions=conventions)
    return SeriesOptions(
        intervals=names,
        kernels=kernels,
        columns=columns,
        advice_interval=advice_interval,
        timezone=market.timezone,
        late_allowance=engine.late_allowance // timedelta(microseconds=1),
        forming=forming,
        hours=session_hours(market),
    )


def check_settings(settings: Settings) -> None:
    """Check what only the registry of indicators can tell.

    Raises:
        ConfigError: an indicator is not known; one line naming key and column.
    """
    wanted = settings.engine.indicators
    for place, name in enumerate(() if wanted == "all" else wanted):
        try:
            build_kernels([name], bars_per_year=1.0)
        except ValueError as error:
            raise ConfigError(f"engine.indicators[{place}]: {error}") from None
