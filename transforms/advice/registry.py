"""Every rule, family by family. A new rule is an entry here."""

from transforms.advice.beta_rule import P14
from transforms.advice.class_rule import P05
from transforms.advice.conflict_rule import ConflictRule
from transforms.advice.contribution_rule import P11
from transforms.advice.data_rules import StaleRule
from transforms.advice.drawdown_rule import P13
from transforms.advice.drift_rule import P06
from transforms.advice.gap_rule import GapRule
from transforms.advice.pair_rule import P09, P09_AVERAGE
from transforms.advice.part_rules import P07, P08, P17, P17_FUND
from transforms.advice.risk_rules import P10, P10_CRYPTO, P12
from transforms.advice.rule import Rule
from transforms.advice.strength_rules import STRENGTHS
from transforms.advice.symbol_levels import SYMBOL_RULES
from transforms.advice.trading_rules import P15, P16
from transforms.advice.weight_rules import P01, P02, P03, P04, P04_UNKNOWN

WEIGHTS: tuple[Rule, ...] = (P01, P02, P03, P04, P04_UNKNOWN)
TARGETS: tuple[Rule, ...] = (P05, P06)
PARTS: tuple[Rule, ...] = (P07, P08)
RISK: tuple[Rule, ...] = (P09, P09_AVERAGE, P10, P10_CRYPTO, P11, P12, P13, P14)
MEANS: tuple[Rule, ...] = (P15, P16, P17, P17_FUND)
DATA: tuple[Rule, ...] = (StaleRule(), GapRule(), ConflictRule())
"""D03 (short history) has no rows of its own: it turns those of other rules into not_evaluated."""
RULES: tuple[Rule, ...] = (
    *WEIGHTS,
    *TARGETS,
    *PARTS,
    *RISK,
    *MEANS,
    *SYMBOL_RULES,
    *DATA,
    *STRENGTHS,
)
