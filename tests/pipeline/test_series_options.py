from collections.abc import Callable, Mapping
from pathlib import Path
from typing import get_args

import pytest

from config.engine import ConventionSettings
from config.settings import ConfigError, Settings, build_settings
from pipeline.series_options import check_settings, series_options
from transforms.kernels.columns import Column
from transforms.kernels.conventions import Conventions
from transforms.kernels.registry import INDICATORS, column
from transforms.market_delta import BOOK_FIELDS
from transforms.shard_fold import SeriesOptions

Build = Callable[[Mapping[str, object]], Settings]


@pytest.fixture
def settings_of(tmp_path: Path) -> Build:
    (tmp_path / "trades.csv").write_text("symbol,ts_event,price,size\n")

    def build(engine: Mapping[str, object]) -> Settings:
        source = {"type": "trades", "path": "trades.csv"}
        document = {"data_sources": [source], "engine": engine}
        return build_settings(document, root=tmp_path, label="test", env={})

    return build


def columns_of(options: SeriesOptions, interval: str) -> dict[str, Column]:
    return {c.name: c for kernel in options.kernels[interval] for c in kernel.columns}


def test_the_bars_that_advice_is_given_on_have_every_field_that_rules_read(
    settings_of: Build,
) -> None:
    options = series_options(settings_of({"indicators": ["rsi_14"]}), advised=True, forming=True)
    beside = {"close", "ts_last_trade", "count", "session", "volume", "other_close", "gap"}
    assert set(columns_of(options, "1m")) >= {*BOOK_FIELDS, "rsi_14"} - beside
    assert {"supertrend_direction", "squeeze_bars"} <= set(columns_of(options, "1m"))
    assert set(columns_of(options, "1h")) == {"rsi_14"}


def test_without_a_list_every_interval_has_every_indicator(settings_of: Build) -> None:
    options = series_options(settings_of({}), advised=False, forming=True)
    assert options.columns == INDICATORS
    for interval in options.intervals:
        assert set(columns_of(options, interval)) == set(INDICATORS)


def test_conventions_of_the_settings_reach_the_kernels(settings_of: Build) -> None:
    chosen = {"ema_seed": "first", "true_range": "tradingview", "aroon_tie": "oldest"}
    options = series_options(settings_of({"conventions": chosen}), advised=True, forming=True)
    given, other = columns_of(options, "1m"), Conventions("first", "tradingview", "oldest")
    for name in ("ema_20", "atr_14", "keltner_upper", "macd_signal", "supertrend_10_3"):
        assert given[name] == column(name, other)
        assert given[name].first < column(name).first


def test_settings_and_kernels_know_the_same_conventions() -> None:
    for name, field in ConventionSettings.model_fields.items():
        assert getattr(Conventions(), name) == field.default
        ours = Conventions.__dataclass_fields__[name].type
        assert get_args(ours) == get_args(field.annotation)
    assert set(ConventionSettings.model_fields) == set(Conventions.__dataclass_fields__)


def test_an_indicator_that_is_not_known_is_refused_with_its_place(settings_of: Build) -> None:
    settings = settings_of({"indicators": ["rsi_14", "keltner_uper"]})
    with pytest.raises(ConfigError, match=r"^engine\.indicators\[1\]: .*`keltner_upper`$"):
        check_settings(settings)
