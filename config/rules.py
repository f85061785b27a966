"""The advice rules as data. Thresholds are the operator's judgement: none has a default here.

Weights are fractions of the portfolio's value.
"""

from config.rule_kinds import ShareLimit
from config.rules_portfolio import CashLimit, ClassBands, DaysLimit, Drift, SectorLimit
from config.rules_risk import (
    BetaRange,
    CountStrength,
    FallStrength,
    HiddenConcentration,
    RewardStrength,
    RiskShare,
    ShareStrength,
    VolatilityTarget,
)
from config.rules_symbol import (
    AbnormalMove,
    Conflict,
    Oscillator,
    RelativeVolume,
    ShortHistory,
    Squeeze,
    Staleness,
    TrailingStop,
    TrendBreak,
)
from config.values import Frozen


class Rules(Frozen):
    """All rules by id. Each must be listed: a rule is switched off, not forgotten."""

    P01: ShareLimit
    P02: ShareLimit
    P03: ShareLimit
    P04: SectorLimit
    P05: ClassBands
    P06: Drift
    P07: ShareLimit
    P08: ShareLimit
    P09: HiddenConcentration
    P10: VolatilityTarget
    P11: RiskShare
    P12: ShareLimit
    P13: ShareLimit
    P14: BetaRange
    P15: DaysLimit
    P16: ShareLimit
    P17: CashLimit
    S01: Oscillator
    S02: TrendBreak
    S03: TrailingStop
    S04: Squeeze
    S05: AbnormalMove
    S06: RelativeVolume
    D01: Staleness
    D02: Conflict
    D03: ShortHistory
    G01: CountStrength
    G02: ShareStrength
    G03: ShareStrength
    G04: ShareStrength
    G05: ShareStrength
    G06: FallStrength
    G07: RewardStrength
    G08: ShareStrength
