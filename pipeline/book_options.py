"""Advice policy of the settings -> plain values: rules know no configuration."""

from config.settings import Settings
from transforms.advice.policy import BookPolicy


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
    )
