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
        "P06": {
            **{"clear_factor": 0.9, "clear_after_bars": 2, "severity": "warn"},
            **{"points": 0.05, "part": 0.25},
        },
        "P07": {"clear_factor": 0.9, "clear_after_bars": 2, "warn": 0.50},
        "P08": {"clear_factor": 0.9, "clear_after_bars": 2, "warn": 0.35},
        "P09": {
            **{"clear_factor": 0.9, "clear_after_bars": 2, "severity": "warn"},
            **{"correlation_over": 0.85, "weight_over": 0.20, "average_over": 0.60},
        },
        "P10": {
            **{"clear_factor": 0.9, "clear_after_bars": 2, "severity": "warn"},
            **{"over": 0.20, "crypto_over": 0.60},
        },
        "P11": {
            **{"clear_factor": 0.9, "clear_after_bars": 2, "severity": "warn"},
            **{"share_over": 0.20, "times_weight_over": 2.0},
        },
        "P12": {"clear_factor": 0.9, "clear_after_bars": 2, "warn": 0.03},
        "P13": {"clear_factor": 0.9, "clear_after_bars": 2, "warn": 0.10, "alert": 0.20},
        "P14": {
            **{"clear_factor": 0.9, "clear_after_bars": 2, "severity": "warn"},
            **{"beta_over": 1.3, "beta_under": 0.3},
        },
        "P15": {"clear_factor": 0.9, "clear_after_bars": 2, "warn": 5.0},
        "P16": {"clear_factor": 0.9, "clear_after_bars": 2, "warn": 0.01},
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
        "S04": {
            **{"clear_factor": 0.9, "clear_after_bars": 2, "severity": "info"},
            **{"bollinger_window": 20, "keltner_window": 20},
            **{"min_squeeze_bars": 6, "required_bars": 26},
        },
        "S05": {
            **{"clear_factor": 0.9, "clear_after_bars": 2},
            **{"window": 250, "warn": 3.5, "alert": 5.0, "required_bars": 62},
        },
        "S06": {
            **{"clear_factor": 0.9, "clear_after_bars": 2, "severity": "info"},
            **{"required_sessions": 20, "ratio_over": 3.0, "required_bars": 1},
        },
        "D01": {
            **{"severity": "alert", "stale_gap_factor": 3.0, "stale_sessions": 1},
            **{"withhold_when_stale_weight_over": 0.0},
        },
        "D02": {
            **{"severity": "alert", "difference_over": 0.005},
            **{"withhold_when_conflict_weight_over": 0.0},
        },
        "D03": {"severity": "info"},
        **{
            rule_id: {"clear_factor": 0.9, "clear_after_bars": 2, "limit": limit}
            for rule_id, limit in [
                *(("G01", 10.0), ("G02", 0.10), ("G03", 0.30), ("G04", 0.30)),
                *(("G05", 0.015), ("G06", 0.05), ("G07", 0.0), ("G08", 0.005)),
            ]
        },
    }
    assert (policy.wording, policy.disclaimer.id) == ("factual", "IN-1")
    assert (policy.unknown_after_bars, policy.reprice_bps) == (60, 10)
    assert set(policy.disclaimer_texts) == {"generic-1", "IN-1", "US-1", "EU-1", "GB-1"}
    assert all(len(text) > 100 for text in policy.disclaimer_texts.values())


def test_rules_are_plain_values() -> None:
    rules = load_policy().as_rules()
    assert json.loads(json.dumps(rules)) == rules


def test_a_rule_that_is_off_is_absent(changed: Changed) -> None:
    assert "P02" not in changed(("    warn: 0.60", "    enabled: false\n    warn: 0.60")).as_rules()


def test_bands_switch_their_rule_on(changed: Changed) -> None:
    bands = (
        "    bands: {}",
        "    bands: {equity: [0.6, 0.8], gold: [0, 0.1]}\n    clear_factor: 0.5",
    )
    assert changed(bands).as_rules()["P05"] == {
        **{"clear_factor": 0.5, "clear_after_bars": 2, "severity": "warn"},
        **{"min_equity": 0.6, "max_equity": 0.8, "min_gold": 0.0, "max_gold": 0.1},
    }


def test_a_limit_of_cash_of_zero_is_none(changed: Changed) -> None:
    fund = changed(("    emergency_fund: 0 ", "    emergency_fund: 50000 ")).as_rules()["P17"]
    assert fund["emergency_fund"] == 50_000.0
    assert "min_cash" not in fund
    assert "P17" not in load_policy().as_rules()


def test_one_portfolio_may_have_bands_and_limits_that_others_have_not(changed: Changed) -> None:
    own = "{P05: {bands: {equity: [0.6, 0.8]}}, P17: {min_cash: 0.05}}"
    policy = changed(("portfolios: {}", f"portfolios: {{mine: {own}}}"))
    mine = policy.for_portfolio("mine").as_rules()
    assert (mine["P05"]["max_equity"], mine["P17"]["min_cash"]) == (0.8, 0.05)
    assert not {"P05", "P17"} & set(policy.as_rules())


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
        "bbe9b9622d1fd7f15936fc73de0fc983b97c2b03f5fe4a0bc6981fe0c92601d5"
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
            'rules.P05.severity: must be info, warn or alert, was "high"',
        ),
        ("  P02: ", "  P2: ", "rules.P2: unknown key, did you mean P12?"),
        (
            "    crypto_over: 0.60 ",
            "    crypto_over: 0.1 ",
            "rules.P10.crypto_over: must not be below over (0.2), was 0.1",
        ),
        (
            "    crypto_over: 0.60 ",
            "    crypto_over: 60% ",
            'rules.P10.crypto_over: must be a number from 0.001 to 100, was "60%"',
        ),
        (
            "    beta_over: 1.3 ",
            "    beta_over: 0.3 ",
            "rules.P14.beta_under: must be below beta_over (0.3), was 0.3",
        ),
        (
            "    correlation_over: 0.85 ",
            "    correlation_over: 0.4 ",
            "rules.P09.correlation_over: must be a number from 0.5 to 1, was 0.4",
        ),
        (
            "    at_least: 10 ",
            "    at_least: 0 ",
            "rules.G01.at_least: must be a number from 1 to 10000, was 0",
        ),
        (
            "    at_least: 10 ",
            "    at_most: 10 ",
            "rules.G01.at_most: unknown key, did you mean at_least?",
        ),
        (
            "    bands: {}",
            "    bands: {equity: [0.8, 0.6]}",
            "rules.P05.bands.equity: must be a lowest and a highest weight, was 0.8 to 0.6",
        ),
        (
            "    bands: {}",
            "    bands: {equity: [60, 80]}",
            f"rules.P05.bands.equity[0]: {SHARE}, was 60",
        ),
        (
            "    bands: {}",
            "    bands: {equity: 1}",
            "rules.P05.bands.equity: must be a list, was 1",
        ),
        (
            "    warn: 5 ",
            "    warn: 0 ",
            "rules.P15.warn: must be a number from 0.01 to 10000, was 0",
        ),
        (
            "    warn: 5 ",
            "    alert: 3\n    warn: 5 ",
            "rules.P15.alert: must be above warn (5), was 3",
        ),
        (
            "    emergency_fund: 0 ",
            "    emergency_fund: -1 ",
            "rules.P17.emergency_fund: must be a number from 0 to 1e+09, was -1",
        ),
        ("    min_cash: 0 ", "    min_cash: 5 ", f"rules.P17.min_cash: {SHARE}, was 5"),
        (
            "    required_sessions: 20 ",
            "    required_sessions: 30 ",
            "rules.S06.required_sessions: must be 20, was 30",
        ),
        (
            "wording: factual",
            "wording: polite",
            'wording: must be factual or imperative, was "polite"',
        ),
        (
            "jurisdiction: IN",
            "jurisdiction: FR",
            'jurisdiction: must be generic, IN, US, EU or GB, was "FR"',
        ),
        ("  US:", "  FR:", 'disclaimers.FR: must be generic, IN, US, EU or GB, was "FR"'),
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
            "portfolios: {mine: {X55: {warn: 0.1}}}",
            "portfolios.mine.X55: unknown key, known: "
            "D01, D02, D03, G01, G02, G03, G04, G05, G06, G07, G08, P01, P02, P03, P04, P05, P06, "
            "P07, P08, P09, P10, P11, P12, P13, P14, P15, P16, P17, S01, S02, S03, S04, S05, S06",
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


CHANGES = """changes:
  - since: "2026-01-22T10:30:00+05:30"
    rules: {P01: {warn: 0.12}}
  - since: "2026-01-22T11:30:00+05:30"
    portfolios: {p: {P01: {warn: 0.2}}}"""


def test_a_change_of_rules_counts_from_its_time(changed: Changed) -> None:
    policy = changed(("changes: []", CHANGES))
    assert [policy.after(count).as_rules()["P01"]["warn"] for count in range(3)] == [
        0.1,
        0.12,
        0.12,
    ]
    assert policy.after(2).for_portfolio("p").as_rules()["P01"]["warn"] == 0.2
    assert policy.ruleset_hash != load_policy().ruleset_hash


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            "10:30:00+05:30",
            "10:30:00",
            'changes[0].since: must be a time with its offset such as "2026-01-22T10:30:00+05:30", '
            'was "2026-01-22T10:30:00"',
        ),
        ("warn: 0.12", "warn: 0.9", "changes[0].P01.alert: must be above warn (0.9), was 0.25"),
        ("11:30", "09:30", "changes: must be in order of `since`, each time once"),
    ],
)
def test_a_change_that_cannot_be_is_one_line(
    changed: Changed, old: str, new: str, line: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        changed(("changes: []", CHANGES.replace(old, new)))
    assert str(refused.value) == f"policy.yaml: {line}"
