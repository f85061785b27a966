from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from config.settings import ConfigError, Settings, build_settings, load_settings, packaged

Load = Callable[..., Settings]
Refuse = Callable[..., str]
CONFIG = Path(packaged("demo.yaml")).parent


def test_a_profile_of_one_source_is_enough(load: Load, project: Path) -> None:
    settings = load()
    assert settings.home == project / "var"
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 8000)
    assert (settings.market.name, settings.market.currency) == ("nse", "INR")
    assert settings.engine.interval_names == ("1m", "5m", "1h", "1d")
    assert settings.engine.late_allowance == timedelta(minutes=2)
    assert settings.advice.interval == timedelta(minutes=1)
    assert settings.advice.policy.rules.P01.warn == 0.10
    assert settings.meters.meters["portfolio_analysis"].price_micros == 5_000_000
    assert settings.sinks.jsonl is None
    assert settings.accounts == ()


def test_settings_are_frozen(load: Load) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load().server.port = 1


def test_the_command_line_goes_before_the_environment_before_the_profile(load: Load) -> None:
    profile = "server: {port: 1}\n"
    assert load(profile).server.port == 1
    assert load(profile, {"YIELDFLOW_PORT": "2"}).server.port == 2
    assert load(profile, {"YIELDFLOW_PORT": ""}).server.port == 1
    assert load(profile, {"YIELDFLOW_PORT": "2"}, {"server.port": 3}).server.port == 3
    assert load("", overrides={"engine.speed": "max"}).engine.speed == "max"


def test_home_starts_from_where_it_was_named(load: Load, project: Path, monkeypatch) -> None:
    assert load("home: state\nsinks: {jsonl: {}}").sinks.jsonl.dir == project / "state" / "runs"
    (project / "elsewhere").mkdir()
    profile = project / "config" / "demo.yaml"
    monkeypatch.chdir(project / "elsewhere")
    assert load_settings(profile, {}).home == project / "state"
    assert load_settings(profile, {"YIELDFLOW_HOME": "7"}).home == project / "elsewhere" / "7"
    assert load_settings(profile, {"YIELDFLOW_HOME": "/srv/y"}).home == Path("/srv/y")


def test_a_document_at_hand_needs_no_file(project: Path) -> None:
    settings = build_settings(
        {"data_sources": [{"type": "trades", "path": "data/trades.csv"}]},
        root=project,
        label="command line",
        env={},
    )
    assert settings.data_sources[0].path == project / "data" / "trades.csv"
    with pytest.raises(ConfigError, match=r"^command line: engine\.speed: must be"):
        build_settings({"engine": {"speed": 0}}, root=project, label="command line", env={})


def test_the_intervals_and_the_allowance_follow_the_base(load: Load) -> None:
    engine = load("engine: {base_interval: 5m}\nadvice: {interval: 5m}").engine
    assert engine.interval_names == ("5m", "1h", "1d")
    assert engine.late_allowance == timedelta(minutes=10)
    assert load("engine: {base_interval: 1d}\nadvice: {interval: 1d}").engine.interval_names == (
        "1d",
    )


@pytest.mark.parametrize("name", ["demo.yaml", "live.yaml"])
def test_the_shipped_profiles_load_from_anywhere(name: str, project: Path) -> None:
    if not (CONFIG.parent / "data" / "replay" / "trades.csv.gz").exists():
        pytest.skip("data/replay is not there: python -m scripts.make_replay writes it")
    settings = load_settings(CONFIG / name, {}, unset="noted")
    assert {source.type for source in settings.data_sources} == {
        *("bars", "trades", "instruments", "holdings", "transactions")
    }
    files = [source.path for source in settings.data_sources if source.live is None]
    assert all(path is not None and path.is_file() for path in files)
    assert len(files) == (5 if name == "demo.yaml" else 4)
    assert settings.home == project / "var"


def test_the_demo_is_what_none_means_and_has_its_key() -> None:
    settings = load_settings(None, {})
    [account] = settings.accounts
    assert account.account_id == "demo"
    assert account.key is not None
    assert "demo-growth" in account.portfolios
    assert settings.engine.speed == 60
    assert settings.notices == ()


ENGINE = 'must be a duration such as "2m" (unit ms, s, m, h or d)'


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("engin: {}", "engin: unknown key, did you mean engine?"),
        (
            "engine: {late_alowance: 2m}",
            "engine.late_alowance: unknown key, did you mean late_allowance?",
        ),
        ("server: {qqq: 1}", "server.qqq: unknown key, known: host, port"),
        (
            "notices: []",
            "notices: unknown key, known: "
            "accounts, advice, data_sources, engine, home, market, meters, providers, risk, "
            "server, sinks",
        ),
        ("engine: {late_allowance: 120}", f"engine.late_allowance: {ENGINE}, was 120"),
        ("engine: {late_allowance: 2 min}", f'engine.late_allowance: {ENGINE}, was "2 min"'),
        ("engine: {late_allowance: -2m}", f'engine.late_allowance: {ENGINE}, was "-2m"'),
        ("engine: {late_allowance: }", f"engine.late_allowance: {ENGINE}, was nothing"),
        (
            "engine: {late_allowance: 90s}",
            'engine.late_allowance: must be a multiple of base_interval "1m", was "90s"',
        ),
        (
            "engine: {late_allowance: 2d}",
            'engine.late_allowance: must be from "0s" to "1d", was "2d"',
        ),
        ("engine: {flush: 1m}", 'engine.flush: must be from "1ms" to "10s", was "1m"'),
        (
            "engine: {base_interval: 0s}",
            'engine.base_interval: must be from "1s" to "1d", was "0s"',
        ),
        ("engine: {base_interval: 7m}", 'engine.base_interval: must divide a day, was "7m"'),
        (
            "engine: {intervals: [1m, 90s]}",
            'engine.intervals[1]: must be a multiple of base_interval "1m", was "90s"',
        ),
        ("engine: {intervals: [1m, 7m]}", 'engine.intervals[1]: must divide a day, was "7m"'),
        ("engine: {intervals: [1m, 5]}", f"engine.intervals[1]: {ENGINE}, was 5"),
        (
            "engine: {intervals: [5m, 1m]}",
            "engine.intervals: must be ascending, each interval once, was 5m, 1m",
        ),
        (
            "engine: {intervals: []}",
            "engine.intervals: must be ascending, each interval once, was empty",
        ),
        ("engine: {intervals: 1m}", 'engine.intervals: must be a list, was "1m"'),
        (
            "engine: {chunk_bytes: 8MB}",
            'engine.chunk_bytes: must be a whole number from 4096 to 1073741824, was "8MB"',
        ),
        (
            "engine: {speed: -1}",
            'engine.speed: must be "max" or a factor above 0 and up to 1000000, was -1',
        ),
        (
            "engine: {indicators: rsi_14}",
            'engine.indicators: must be "all" or a list of indicator columns such as '
            '[rsi_14, atr_14], was "rsi_14"',
        ),
        ("engine: {forming: yes}", 'engine.forming: must be true or false, was "yes"'),
        ("engine: 5", "engine: must be a mapping of keys, was 5"),
        ("engine:", "engine: must be a mapping of keys, was nothing"),
        (
            "engine: {base_interval: 5}",
            f"engine.base_interval: {ENGINE}, was 5",
        ),
        ("server: {port: 70000}", "server.port: must be a whole number from 0 to 65535, was 70000"),
        ("server: {port: '80'}", 'server.port: must be a whole number from 0 to 65535, was "80"'),
        ("server: {port: true}", "server.port: must be a whole number from 0 to 65535, was true"),
        ("server: {host: }", 'server.host: must be an address such as "127.0.0.1", was nothing'),
        (
            "market: {timezone: Asia/Kolkatta}",
            'market.timezone: unknown time zone, did you mean Asia/Kolkata?, was "Asia/Kolkatta"',
        ),
        (
            "market: {timezone: ../../etc}",
            'market.timezone: unknown time zone, give one such as Asia/Kolkata, was "../../etc"',
        ),
        ("market: {name: lse}", 'market.name: must be nse, us, crypto or custom, was "lse"'),
        ("market: {name: custom}", "market.timezone: is required"),
        (
            "market: {session_open: 555}",
            'market.session_open: must be a time of day such as "09:15", was 555',
        ),
        (
            "market: {currency: rupee}",
            'market.currency: must be a currency code such as "INR", was "rupee"',
        ),
        (
            "market: {session_minutes: 2000}",
            "market.session_minutes: must be a whole number from 1 to 1440, was 2000",
        ),
        (
            "advice: {interval: 2m}",
            'advice.interval: must be one of engine.intervals (1m, 5m, 1h, 1d), was "2m"',
        ),
        (
            "advice: {policy: config/nope.yaml}",
            "advice.policy: no file at config/nope.yaml; "
            "correct it or leave the key out to use the packaged file",
        ),
        ("advice: 1", "advice: must be a mapping of keys, was 1"),
        ("advice: {policy: 1}", "advice.policy: must be a mapping of keys, was 1"),
        (
            "meters: nope.yaml",
            "meters: no file at nope.yaml; "
            "correct it or leave the key out to use the packaged file",
        ),
        (
            "sinks: {jsonl: {dir: ''}}",
            'sinks.jsonl.dir: must be the path of a file or folder, was ""',
        ),
        ("home: 5", "home: must be the path of a file or folder, was 5"),
    ],
)
def test_what_is_refused_is_one_line_with_key_and_fix(refuse: Refuse, text: str, line: str) -> None:
    assert refuse(text) == f"config/demo.yaml: {line}"


@pytest.mark.parametrize("text", ["abc", "80.5", "99999", "-1", "9" * 5000])
def test_a_bad_variable_is_named_and_not_the_file(refuse: Refuse, text: str) -> None:
    line = refuse("", env={"YIELDFLOW_PORT": text})
    assert line.startswith("YIELDFLOW_PORT: must be a whole number from 0 to 65535, was ")
    assert len(line) < 140


def test_a_bad_flag_is_named_as_such(refuse: Refuse) -> None:
    assert refuse("", overrides={"engine.speed": "fast"}) == (
        'command line: engine.speed: must be "max" or a factor above 0 and up to 1000000, '
        'was "fast"'
    )
