import json
from collections.abc import Callable
from pathlib import Path

import pytest

from config.settings import AdvicePolicy, ConfigError, Settings, load_policy, packaged

Load = Callable[..., Settings]
SHIPPED = packaged("advice_policy.yaml").read_text(encoding="utf-8")
Changed = Callable[..., AdvicePolicy]


@pytest.fixture
def changed(project: Path) -> Changed:
    """The shipped policy with replaced pieces of text."""

    def load(*pairs: tuple[str, str]) -> AdvicePolicy:
        text = SHIPPED
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new, 1)
        (project / "policy.yaml").write_text(text, encoding="utf-8")
        return load_policy(Path("policy.yaml"))

    return load


def test_the_shipped_policy_has_the_thresholds_of_the_rules() -> None:
    policy = load_policy()
    assert policy.as_rules() == {
        "P01": {"clear_factor": 0.9, "clear_after_bars": 2, "warn": 0.10, "alert": 0.25},
        "P02": {"clear_factor": 0.9, "clear_after_bars": 2, "warn": 0.60},
        "P03": {"clear_factor": 0.9, "clear_after_bars": 2, "warn": 0.18, "alert": 0.25},
        "P04": {
            **{"clear_factor": 0.9, "clear_after_bars": 2},
            **{"warn": 0.30, "alert": 0.45, "unknown_over": 0.10},
        },
        "S01": {
            **{"clear_factor": 0.9, "clear_after_bars": 2, "severity": "info"},
            **{"rsi_window": 14, "rsi_over": 70.0, "rsi_under": 30.0},
            **{"bollinger_window": 20, "percent_b_over": 1.0, "percent_b_under": 0.0},
            **{"min_stable_digits": 4, "required_bars": 20},
        },
        "S02": {
            **{"clear_factor": 0.9, "clear_after_bars": 2, "severity": "warn"},
            **{"ema_window": 200, "adx_window": 14, "adx_over": 25.0},
            **{"weight_over": 0.05, "required_bars": 200},
        },
        "S03": {
            **{"clear_factor": 0.9, "clear_after_bars": 2, "severity": "warn"},
            **{"window": 22, "atr_multiple": 3.0, "required_bars": 23},
        },
        "S05": {
            **{"clear_factor": 0.9, "clear_after_bars": 2},
            **{"window": 250, "warn": 3.5, "alert": 5.0, "required_bars": 62},
        },
        "D01": {
            **{"severity": "alert", "stale_gap_factor": 3.0, "stale_sessions": 1},
            **{"withhold_when_stale_weight_over": 0.0},
        },
        "D03": {"severity": "info"},
    }
    assert (policy.wording, policy.disclaimer.id) == ("factual", "IN-1")
    assert (policy.unknown_after_bars, policy.reprice_bps) == (60, 10)
    assert set(policy.disclaimer_texts) == {"generic-1", "IN-1", "US-1"}
    assert all(len(text) > 100 for text in policy.disclaimer_texts.values())


def test_rules_are_plain_values() -> None:
    rules = load_policy().as_rules()
    assert json.loads(json.dumps(rules)) == rules


def test_a_rule_that_is_off_is_absent(changed: Changed) -> None:
    assert "P02" not in changed(("    warn: 0.60", "    enabled: false\n    warn: 0.60")).as_rules()


def test_a_rule_may_clear_in_its_own_way(changed: Changed) -> None:
    rules = changed(("    warn: 0.60", "    clear_after_bars: 5\n    warn: 0.60")).as_rules()
    assert rules["P02"]["clear_after_bars"] == 5
    assert rules["P01"]["clear_after_bars"] == 2


OWN = ("portfolios: {}", "portfolios:\n  mine:\n    P01: {warn: 0.15}\n    S05: {enabled: false}")


def test_a_portfolio_has_its_own_thresholds(changed: Changed) -> None:
    policy = changed(OWN)
    mine = policy.for_portfolio("mine").as_rules()
    assert mine["P01"] == {"clear_factor": 0.9, "clear_after_bars": 2, "warn": 0.15, "alert": 0.25}
    assert "S05" not in mine
    assert policy.for_portfolio("other").as_rules() == policy.as_rules()


def test_the_hash_is_the_same_on_every_machine() -> None:
    assert load_policy().ruleset_hash == (
        "3a0938b465ca3f8e9943bc4c4307cf3232047379e4cb9a2e5a3d51ddb8a6d83a"
    )


@pytest.mark.parametrize(
    "pair",
    [
        ("    warn: 0.10 ", "    warn: 1e-1 "),
        ("adx_over: 25 ", "adx_over: 25.0 "),
        ("reprice_bps: 10 ", "reprice_bps: 25 "),
        ("# The advice policy", "# Another comment"),
        ("    warn: 0.18 ", "    clear_factor: 0.9\n    warn: 0.18 "),
        ("wording: factual", "wording:   'factual'"),
    ],
)
def test_what_shapes_no_advice_leaves_the_hash_alone(
    changed: Changed, pair: tuple[str, str]
) -> None:
    assert changed(pair).ruleset_hash == load_policy().ruleset_hash


@pytest.mark.parametrize(
    "pair",
    [
        ("    warn: 0.10 ", "    warn: 0.11 "),
        ("wording: factual", "wording: imperative"),
        ("jurisdiction: IN", "jurisdiction: US"),
        ("id: IN-1", "id: IN-2"),
        ("clear_factor: 0.9", "clear_factor: 0.8"),
        ("clear_after_bars: 2", "clear_after_bars: 3"),
        ("unknown_after_bars: 60", "unknown_after_bars: 61"),
        ("    warn: 0.60", "    enabled: false\n    warn: 0.60"),
        ("min_stable_digits: 4", "min_stable_digits: 5"),
        OWN,
    ],
)
def test_what_shapes_advice_changes_the_hash(changed: Changed, pair: tuple[str, str]) -> None:
    assert changed(pair).ruleset_hash != load_policy().ruleset_hash


def test_one_portfolio_of_its_own_leaves_the_others_their_hash(changed: Changed) -> None:
    policy, shipped = changed(OWN), load_policy()
    assert policy.for_portfolio("other").ruleset_hash == shipped.ruleset_hash
    assert policy.for_portfolio("mine").ruleset_hash != shipped.ruleset_hash


SHARE = "must be a fraction from 0 to 1 (0.10 is 10 %)"


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("    warn: 0.10 ", "    warn: 10 ", f"rules.P01.warn: {SHARE}, was 10"),
        ("    warn: 0.10 ", "    warn: 10% ", f'rules.P01.warn: {SHARE}, was "10%"'),
        ("    warn: 0.10 ", "    warn: -0.1 ", f"rules.P01.warn: {SHARE}, was -0.1"),
        ("    warn: 0.10 ", "    wran: 0.1 ", "rules.P01.wran: unknown key, did you mean warn?"),
        (
            "    warn: 0.10 ",
            "    warn: 0.3 ",
            "rules.P01.alert: must be above warn (0.3), was 0.25",
        ),
        ("    warn: 3.5 ", "    warn: 6 ", "rules.S05.alert: must be above warn (6), was 5"),
        (
            "rsi_over: 70 ",
            "rsi_over: 20 ",
            "rules.S01.rsi_under: must be below rsi_over (20), was 30",
        ),
        (
            "rsi_over: 70 ",
            "rsi_over: 700 ",
            "rules.S01.rsi_over: must be a number from 0 to 100, was 700",
        ),
        ("rsi_window: 14 ", "rsi_window: 21 ", "rules.S01.rsi_window: must be 14, was 21"),
        (
            "required_bars: 200 ",
            "required_bars: 100 ",
            "rules.S02.required_bars: must be a whole number from 200 to 100000, was 100",
        ),
        (
            "severity: warn ",
            "severity: high ",
            'rules.S02.severity: must be info, warn or alert, was "high"',
        ),
        ("  P02: ", "  P2: ", "rules.P2: unknown key, did you mean P02?"),
        (
            "wording: factual",
            "wording: polite",
            'wording: must be factual or imperative, was "polite"',
        ),
        (
            "jurisdiction: IN",
            "jurisdiction: FR",
            'jurisdiction: must be generic, IN or US, was "FR"',
        ),
        ("  US:", "  FR:", 'disclaimers.FR: must be generic, IN or US, was "FR"'),
        (
            "id: IN-1",
            "id: a b",
            'disclaimers.IN.id: must be 1 to 64 letters, digits, _ . or -, was "a b"',
        ),
        ("clear_factor: 0.9", "clear_factor: 9", f"clear_factor: {SHARE}, was 9"),
        (
            "reprice_bps: 10 ",
            "reprice_bps: 0.5 ",
            "reprice_bps: must be a whole number from 0 to 10000, was 0.5",
        ),
        (
            "portfolios: {}",
            "portfolios: {mine: {P01: {wran: 0.1}}}",
            "portfolios.mine.P01.wran: unknown key, did you mean warn?",
        ),
        (
            "portfolios: {}",
            "portfolios: {mine: {P01: {warn: 15}}}",
            f"portfolios.mine.P01.warn: {SHARE}, was 15",
        ),
        (
            "portfolios: {}",
            "portfolios: {mine: {P99: {warn: 0.1}}}",
            "portfolios.mine.P99: unknown key, known: "
            "D01, D03, P01, P02, P03, P04, S01, S02, S03, S05",
        ),
        (
            "portfolios: {}",
            "portfolios: {mine: {P01: {warn: 0.4}}}",
            "portfolios.mine.P01.alert: must be above warn (0.4), was 0.25",
        ),
        (
            "portfolios: {}",
            "portfolios: {mine: {P01: 0.4}}",
            "portfolios.mine.P01: must be a mapping of keys, was 0.4",
        ),
    ],
)
def test_a_refused_policy_is_one_line(changed: Changed, old: str, new: str, line: str) -> None:
    with pytest.raises(ConfigError) as refused:
        changed((old, new))
    assert str(refused.value) == f"policy.yaml: {line}"


def test_a_rule_cannot_be_forgotten(changed: Changed) -> None:
    rule = SHIPPED[SHIPPED.index("  D03:") : SHIPPED.index("# What single")]
    with pytest.raises(ConfigError) as refused:
        changed((rule, ""))
    assert str(refused.value) == "policy.yaml: rules.D03: is required"


def test_the_disclaimer_of_the_jurisdiction_must_be_there(changed: Changed) -> None:
    text = SHIPPED[SHIPPED.index("  US:") : SHIPPED.index("clear_factor")]
    with pytest.raises(ConfigError) as refused:
        changed((text, "\n"), ("jurisdiction: IN", "jurisdiction: US"))
    assert str(refused.value) == "policy.yaml: disclaimers.US: is required: it is the jurisdiction"


def test_a_profile_may_hold_its_policy(load: Load, project: Path) -> None:
    indented = "".join(f"    {line}\n" for line in SHIPPED.splitlines())
    settings = load(f"advice:\n  policy:\n{indented}")
    assert settings.advice.policy == load_policy()
