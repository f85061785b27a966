"""Advice policy of the settings -> plain values: rules know no configuration."""

from datetime import datetime

from config.policy import AdvicePolicy
from config.settings import Settings
from transforms.advice.policy import BookPolicy, RuleChange
from transforms.portfolio.risk_options import RiskOptions


def book_policy(settings: Settings) -> BookPolicy:
    """What the book is told by configuration."""
    policy = settings.advice.policy
    return BookPolicy(
        rules=policy.as_rules(),
        portfolios={one: policy.for_portfolio(one).as_rules() for one in policy.portfolios},
        wording=policy.wording,
        disclaimer_id=policy.disclaimer.id,
        unknown_after_bars=policy.unknown_after_bars,
        reprice_bps=float(policy.reprice_bps),
        cost_bps=policy.cost_bps,
        changes=tuple(
            _change(change.since, policy.after(place))
            for place, change in enumerate(policy.changes, 1)
        ),
        risk=RiskOptions(
            benchmark=settings.risk.benchmark,
            periods=float(settings.market.days_per_year),
            risk_free=settings.risk.risk_free_pct / 100,
            window=settings.risk.window,
            minimum=settings.risk.minimum,
        ),
    )


def _change(since: datetime, policy: AdvicePolicy) -> RuleChange:
    return RuleChange(
        since=int(since.timestamp()) * 1_000_000 + since.microsecond,
        rules=policy.as_rules(),
        portfolios={one: policy.for_portfolio(one).as_rules() for one in policy.portfolios},
    )
