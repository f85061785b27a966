"""How far positions must be trimmed so that no pair of them is too heavy."""

from collections.abc import Mapping
from dataclasses import dataclass

from transforms.advice.evidence import Trade
from transforms.advice.trades import Holding, trade_to, units_within

Symbols = tuple[str, str]
Sizes = Mapping[str, int]  # micros by symbol
ROUNDS = 50  # trims that are tried: each makes other pairs weigh more


@dataclass(frozen=True)
class Trimming:
    """Counted positions of a portfolio, pairs of them, and what the heaviest may weigh.

    Attributes:
        holdings, sizes: by symbol. pairs: those that count. limit: of the weight of a pair.
    """

    holdings: Mapping[str, Holding]
    sizes: Sizes
    pairs: tuple[Symbols, ...]
    limit: float

    def trades(self, named: tuple[Symbols, ...]) -> list[Trade]:
        """Trims of the larger position of each pair that is too heavy; none if that is no way.

        Args:
            named: pairs of which the weight before and after each trade is told.
        """
        left = self._trimmed(ROUNDS)
        sizes, trades = dict(self.sizes), []
        for symbol, units in (left or {}).items():
            before, holding = heaviest_of(sizes, named), self.holdings[symbol]
            sizes[symbol] = holding.size(units)
            trades.append(trade_to(holding, units, before, heaviest_of(sizes, named)))
        return trades

    def alone(self) -> tuple[str, float] | None:
        """The one position to trim and the units to keep; None where it takes several, or all."""
        left = self._trimmed(1)
        return next(iter(left.items())) if left else None

    def others_needed(self) -> int | None:
        """Least value (micros) of what is in none of the pairs; None where there is nothing."""
        inside = sum(self.sizes[symbol] for symbol in {one for pair in self.pairs for one in pair})
        whole, pair = sum(self.sizes.values()), self._worst(self.sizes)
        if whole == inside or pair is None or self.limit <= 0.0:
            return None
        needed = int((self.sizes[pair[0]] + self.sizes[pair[1]]) / self.limit)
        while joint_weight(self.sizes, pair, needed) > self.limit:
            needed += max(1, needed >> 52)
        return needed - inside

    def _worst(self, sizes: Sizes) -> Symbols | None:
        """The heaviest pair if it is above the limit."""
        whole = sum(sizes.values())
        ranked = [(-joint_weight(sizes, pair, whole), pair) for pair in self.pairs]
        weight, pair = min(ranked, default=(0.0, ("", "")))
        return pair if -weight > self.limit else None

    def _trimmed(self, rounds: int) -> dict[str, float] | None:
        """Units to keep by symbol; None where that does not do, or one would have to go."""
        sizes, units = dict(self.sizes), dict[str, float]()
        for _ in range(rounds):
            pair = self._worst(sizes)
            if pair is None:
                return units
            small, large = sorted(pair, key=lambda symbol: (sizes[symbol], symbol))
            holding = self.holdings[large]
            units[large] = units_within(holding, self._cap(sizes, small, large))
            if units[large] == 0.0:
                return None  # without it returns are compared over other sessions
            sizes[large] = holding.size(units[large])
        return units if self._worst(sizes) is None else None

    def _cap(self, sizes: Sizes, small: str, large: str) -> int:
        """Largest value of the larger position with which the pair is within the limit."""
        others, beside = sum(sizes.values()) - sizes[large], sizes[small]
        if self.limit >= 1.0:
            return sizes[large]
        cap = max(0, int((self.limit * others - beside) / (1.0 - self.limit)))
        while cap > 0 and _together(cap, beside, cap + others) > self.limit:
            cap -= max(1, cap >> 52)
        return cap


def heaviest_of(sizes: Sizes, pairs: tuple[Symbols, ...]) -> float:
    """Weight of the heaviest of the pairs."""
    whole = sum(sizes.values())
    return max((joint_weight(sizes, pair, whole) for pair in pairs), default=0.0)


def joint_weight(sizes: Sizes, pair: Symbols, whole: int) -> float:
    """Weight of both positions of a pair, as the book comes to it."""
    return _together(sizes[pair[0]], sizes[pair[1]], whole)


def _together(first: int, second: int, whole: int) -> float:
    return float(first) / float(whole) + float(second) / float(whole)
