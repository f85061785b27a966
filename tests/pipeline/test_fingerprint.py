"""What makes a start anew of a restart, and what does not."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from config.settings import load_settings
from pipeline.durable import fingerprint
from pipeline.inputs import files_of, gather

HOLDINGS = "portfolio_id,symbol,quantity,avg_cost\np1,BTCUSDT,2,60000\n"
ENV = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9", "DATABASE_URL": "postgresql://u:p@127.0.0.1/x"}
PROFILE: dict[str, Any] = {
    "market": {"name": "crypto"},
    "sinks": {"postgres": {"schema": "one"}},
}


def told(home: Path, *, holdings: str = HOLDINGS, topic: str = "t", **changes: Any) -> set[str]:
    """Parts of the fingerprint of a profile."""
    home.mkdir(exist_ok=True)
    (home / "holdings.csv").write_text(holdings)
    feeds = [
        {"type": "trades", "kafka": {"topic": topic}},
        {"type": "holdings", "path": str(home / "holdings.csv")},
    ]
    profile = home / "profile.yaml"
    profile.write_text(yaml.safe_dump({**PROFILE, "data_sources": feeds, **changes}))
    settings = load_settings(profile, {**ENV, "YIELDFLOW_HOME": str(home)})
    return set(fingerprint(settings, ["rsi_14"], gather(files_of(settings))).split())


@pytest.mark.parametrize(
    "change",
    [
        {"server": {"port": 9999}},
        {"sinks": {"postgres": {"schema": "one"}, "kafka": {}}},
        {"accounts": [{"account_id": "a", "name": "A", "key_env": "K", "portfolios": ["p1"]}]},
        {"engine": {"checkpoint_every": "7s", "max_staleness": "9m", "flush": "20ms"}},
        {"advice": {"retention": "3d"}},
    ],
)
def test_what_no_row_rests_on_does_not_matter(tmp_path: Path, change: dict[str, Any]) -> None:
    assert told(tmp_path, **change) == told(tmp_path)


def test_where_files_are_does_not_matter(tmp_path: Path) -> None:
    assert told(tmp_path / "here") == told(tmp_path / "there")


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"holdings": HOLDINGS.replace("60000", "60001")}, {"holdings"}),
        ({"topic": "other"}, {"data_sources"}),
        ({"engine": {"late_allowance": "5m"}}, {"engine"}),
        ({"advice": {"interval": "5m"}}, {"advice"}),
    ],
)
def test_what_rows_rest_on_is_named(
    tmp_path: Path, change: dict[str, Any], names: set[str]
) -> None:
    parts = told(tmp_path) ^ told(tmp_path, **change)
    assert {part.partition("=")[0] for part in parts} == names
