import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from config.settings import Settings

Load = Callable[..., Settings]
PROFILES = Path(__file__).parents[2] / "config"


def test_without_a_choice_the_conventions_are_those_of_the_books(load: Load) -> None:
    chosen = load("").engine.conventions
    assert (chosen.ema_seed, chosen.true_range, chosen.aroon_tie) == ("sma", "wilder", "newest")


def test_each_convention_is_chosen_by_its_own_key(load: Load) -> None:
    some = load("engine: {conventions: {true_range: tradingview}}").engine.conventions
    assert (some.ema_seed, some.true_range, some.aroon_tie) == ("sma", "tradingview", "newest")
    text = "engine: {conventions: {ema_seed: first, aroon_tie: oldest}}"
    other = load(text).engine.conventions
    assert (other.ema_seed, other.true_range, other.aroon_tie) == ("first", "wilder", "oldest")


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ("{ema_seed: ema}", 'conventions.ema_seed: must be sma or first, was "ema"'),
        ("{true_range: 1}", "conventions.true_range: must be wilder or tradingview, was 1"),
        ("{aroon_tie: }", "conventions.aroon_tie: must be newest or oldest, was nothing"),
        ("{aroon_ties: newest}", "conventions.aroon_ties: unknown key, did you mean aroon_tie?"),
        ("sma", 'conventions: must be a mapping of keys, was "sma"'),
    ],
)
def test_another_convention_is_refused_with_the_known_ones(
    given: str, line: str, refuse: Callable[[str], str]
) -> None:
    refused = refuse(f"engine: {{conventions: {given}}}")
    assert refused.endswith(f"demo.yaml: engine.{line}")


@pytest.mark.parametrize("profile", ["demo.yaml", "live.yaml"])
def test_the_keys_that_a_profile_names_in_comments_are_the_defaults(
    profile: str, load: Load
) -> None:
    lines = (PROFILES / profile).read_text().splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("  # conventions:"))
    block = [re.sub("^  # ", "  ", line) for line in lines[at : at + 4]]
    text = "engine:\n" + "\n".join(block)
    assert load(text).engine.conventions == load("").engine.conventions
    assert len(load(text).engine.conventions.model_fields_set) == 3


def test_a_live_run_stores_its_place_and_says_when_it_is_stale(load: Load) -> None:
    engine = load("").engine
    assert (engine.checkpoint_every, engine.max_staleness) == (
        timedelta(seconds=15),
        timedelta(minutes=5),
    )
    other = load("engine: {checkpoint_every: 1h, max_staleness: 1s}").engine
    assert (other.checkpoint_every, other.max_staleness) == (
        timedelta(hours=1),
        timedelta(seconds=1),
    )


@pytest.mark.parametrize(
    ("key", "given", "limits"),
    [
        ("checkpoint_every", "2h", '"1s" to "1h"'),
        ("checkpoint_every", "0s", '"1s" to "1h"'),
        ("max_staleness", "2d", '"1s" to "1d"'),
        ("max_staleness", "500ms", '"1s" to "1d"'),
    ],
)
def test_both_have_limits(key: str, given: str, limits: str, refuse: Callable[[str], str]) -> None:
    line = f'config/demo.yaml: engine.{key}: must be from {limits}, was "{given}"'
    assert refuse(f"engine: {{{key}: {given}}}") == line
