import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.columns import FEEDS
from config.documents import packaged, project_root, read_document
from config.settings import build_settings, load_settings
from pipeline.cli import main

CONFIG = packaged("demo.yaml").parent
EXAMPLES = sorted((CONFIG / "examples").glob("*.yaml"))
PROFILES = [CONFIG / "demo.yaml", CONFIG / "live.yaml", *EXAMPLES]
VARIABLES = {
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092",
    "DATABASE_URL": "postgresql://me@127.0.0.1/db",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "FINNHUB_KEY": "k",
    "NEWSAPI_KEY": "k",
}


def with_files(profile: Path) -> Path:
    """The profile, where the files it names are there."""
    if not (CONFIG.parent / "data" / "replay" / "trades.csv.gz").exists():
        pytest.skip("data/replay is not there: python -m scripts.make_replay writes it")
    return profile


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.stem)
def test_check_config_accepts_every_profile_without_a_variable(
    profile: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert main(["check-config", str(with_files(profile))]) == 0
    *notes, last = capsys.readouterr().out.splitlines()
    assert last == f"{profile}: ok"
    assert all(note.startswith("note: ") and " is not set" in note for note in notes)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.stem)
def test_every_profile_runs_with_the_variables_that_its_first_lines_name(profile: Path) -> None:
    head = re.match(r"(?:#.*\n)+", with_files(profile).read_text())
    assert head is not None
    named = {name: VARIABLES[name] for name in VARIABLES if name in head[0]}
    settings = load_settings(profile, named)
    assert [note for note in settings.notices if "YIELDFLOW_KEY" not in note] == []


def test_live_needs_kafka_and_a_database_and_nothing_else() -> None:
    notices = load_settings(with_files(CONFIG / "live.yaml"), {}, unset="noted").notices
    missing = {word for notice in notices for word in VARIABLES if f"{word} is not set" in notice}
    assert missing == {"KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL"}


def test_there_is_an_example_of_every_feed() -> None:
    shown = {
        source.live_key
        for profile in EXAMPLES
        for source in load_settings(with_files(profile), {}, unset="noted").data_sources
    }
    assert shown == {"", *FEEDS}


def leaves(node: Any) -> Iterator[str]:
    pairs = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in pairs:
        if isinstance(value, dict | list) and value:
            yield from leaves(value)
        elif isinstance(key, str):
            yield key


@pytest.mark.parametrize("profile", PROFILES[1:], ids=lambda profile: profile.stem)
def test_every_value_is_explained_on_its_line_somewhere(profile: Path) -> None:
    explained = "\n".join(
        line for one in PROFILES for line in one.read_text().splitlines() if "#" in line
    )
    for key in leaves(read_document(profile)):
        assert f"{key}:" in explained, key


@pytest.mark.parametrize("name", ["live", "examples/kafka", "examples/redis", "examples/polled"])
def test_what_stands_in_comments_is_accepted_too(name: str, tmp_path: Path) -> None:
    profile = with_files(CONFIG / f"{name}.yaml")
    text = profile.read_text()
    whole = re.sub(r"(?m)^( *)# ((?:  )?[a-z_.]+: |secrets:|conventions:)", r"\1\2", text)
    assert whole != text
    (tmp_path / "profile.yaml").write_text(whole)
    document, root = read_document(tmp_path / "profile.yaml"), project_root(profile)
    settings = build_settings(document, root=root, label="p", env={}, unset="noted")
    if name == "examples/kafka":
        kafka = settings.data_sources[0].kafka
        assert kafka is not None
        assert kafka.settings["security.protocol"] == "SASL_SSL"
        assert set(kafka.secrets) == {"sasl.password", "ssl.key.password"}
