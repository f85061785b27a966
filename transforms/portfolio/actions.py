"""Splits and bonuses as holdings see them."""

from fractions import Fraction

from transforms.market_delta import CorporateAction


class ActionTable:
    """Corporate actions by symbol."""

    def __init__(self) -> None:
        self._actions: dict[str, dict[tuple[int, str], Fraction]] = {}

    def put(self, action: CorporateAction) -> bool:
        """Add an action, or take it back where ``new`` is 0; whether that changed anything."""
        known = self._actions.setdefault(action.symbol, {})
        key = (action.ex, action.kind)
        before = known.get(key)
        if action.new == 0:
            known.pop(key, None)
            return before is not None
        known[key] = Fraction(action.new, action.old)
        return known[key] != before

    def of(self, symbol: str) -> dict[int, float]:
        """Units after for one unit before, by the instant of the action."""
        found: dict[int, float] = {}
        for (ex, _), ratio in sorted(self._actions.get(symbol, {}).items()):
            found[ex] = found.get(ex, 1.0) * float(ratio)
        return found

    def factor(self, symbol: str, since: int) -> float:
        """Today's units for one unit of ``since``, microseconds UTC.

        A document without a time (0) counts always, and is taken to be in today's units.
        """
        product = Fraction(1)
        if since > 0:
            for (ex, _), ratio in self._actions.get(symbol, {}).items():
                if ex > since:
                    product *= ratio
        return float(product)
