"""What calls cost: a budget per provider and calendar month (UTC), in integer micros of USD.

The cost of a call is booked before the call is made: so a crash forgets none, and a call that fails
counts, as most providers bill it.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from connectors.providers.cost_file import Alert, CostFile

USD: Final = 1_000_000  # micros
MARKS: Final = (100 * USD, 500 * USD, 1000 * USD)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Price:
    """What a provider costs, in micros of USD.

    Attributes:
        per_call: of one request; 0: it is free.
        monthly_budget: nothing is called that would exceed it; None: there is no limit.
    """

    per_call: int = 0
    monthly_budget: int | None = None

    def __post_init__(self) -> None:
        """Check the signs.

        Raises:
            ValueError: a number is negative.
        """
        if self.per_call < 0 or (self.monthly_budget or 0) < 0:
            raise ValueError("`per_call` and `monthly_budget` must not be negative")


def month_of(now: int) -> str:
    """Calendar month (UTC) of an instant in microseconds: ``2026-11``."""
    return f"{datetime.fromtimestamp(now // 1_000_000, UTC):%Y-%m}"


def log_alert(alert: Alert) -> None:
    """Warn in the log."""
    mark, spent = dollars(alert.mark_micros), dollars(alert.spent_micros)
    _log.warning(
        "providers have cost %s in %s: the mark of %s is reached", spent, alert.month, mark
    )


def dollars(micros: int) -> str:
    """Money for people: ``0.002 USD``."""
    whole, fraction = divmod(micros, USD)
    return f"{whole}.{f'{fraction:06d}'.rstrip('0').ljust(2, '0')} USD"


class Budgets:
    """Prices and budgets by provider, over the file that remembers the spend.

    Raises:
        CostsUnavailable: from everything that looks at the spend, when the file cannot be used.
    """

    def __init__(
        self,
        file: CostFile,
        prices: Mapping[str, Price],
        *,
        clock: Callable[[], int],
        marks: Sequence[int] = MARKS,
        steer_from: float = 0.8,
        on_alert: Callable[[Alert], None] = log_alert,
    ) -> None:
        """Watch the spend.

        Args:
            file: closed by whoever has opened it.
            prices: by provider; one that is not named is free.
            clock: wall clock, microseconds since the epoch.
            marks: of the spend of all providers in a month, in micros; each alerts once a month.
            steer_from: share of a budget from which on cheaper providers are asked first.
            on_alert: told each alert, in the thread that makes the call.
        """
        self.file, self.prices, self.marks = file, dict(prices), tuple(sorted(marks))
        self._clock, self._steer_from, self._on_alert = clock, steer_from, on_alert

    @property
    def month(self) -> str:
        """The month that calls are booked in now."""
        return month_of(self._clock())

    def price(self, provider: str) -> Price:
        """What a provider costs."""
        return self.prices.get(provider, Price())

    def book(self, provider: str) -> bool:
        """Book one call; false when the budget has no room for it."""
        price, now = self.price(provider), self._clock()
        if not price.per_call:
            return True
        alerts = self.file.book(
            provider,
            month_of(now),
            price.per_call,
            price.monthly_budget,
            marks=self.marks,
            now=now,
        )
        for alert in alerts or ():
            self._on_alert(alert)
        return alerts is not None

    def steer(self, providers: Sequence[str]) -> list[str]:
        """The same providers, each whose budget runs low behind those that cost less per call."""
        order = list(providers)
        for name in self._strained(providers):
            at, cost = order.index(name), self.price(name).per_call
            behind = [
                place
                for place, other in enumerate(order)
                if place > at and self.price(other).per_call < cost
            ]
            if behind:
                order.insert(behind[-1] + 1, name)
                del order[at]
        return order

    def _strained(self, providers: Sequence[str]) -> list[str]:
        limited = [name for name in providers if self.price(name).monthly_budget is not None]
        if not limited:
            return []
        spent, share = self.file.spent(self.month), self._steer_from
        return [
            name
            for name in limited
            if spent.get(name, 0) >= share * (self.price(name).monthly_budget or 0)
        ]
