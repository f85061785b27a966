"""The fallback chain: provider after provider until every symbol is answered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from connectors.providers.asked import Asked
from connectors.providers.asking import Asker, NotAsked, Report
from connectors.providers.cached import Failed
from connectors.providers.observations import Observation
from connectors.providers.spec import Capability, ProviderError, UnknownSymbol

LONGEST_REASON = 160  # characters of one provider's


@dataclass(frozen=True)
class Answer:
    """What is known of one symbol.

    Attributes:
        observations: empty when no provider knows the symbol.
        provider: that said so; '' when none knows it.
        received: when, microseconds UTC.
    """

    observations: tuple[Observation, ...]
    provider: str
    received: int


def ask_in_turn(
    asker: Asker,
    capability: Capability,
    symbols: Sequence[str],
    *,
    order: Sequence[str],
    arm: str,
    clock: Callable[[], int],
    report: Report,
) -> dict[str, Answer | Failed]:
    """Ask each provider about what those before it have not answered.

    A symbol that no provider knows has an answer without observations, unless one that might know
    it could not be asked: then the line says why of each.

    Args:
        asker: asks one provider.
        capability: what is asked for.
        symbols: about whom, each once.
        order: names of providers, the preferred one first.
        arm: of the split, for the report.
        clock: microseconds UTC.
        report: told each call.
    """
    answers: dict[str, Answer | Failed] = {}
    doubts = {symbol: _Doubt() for symbol in symbols}
    for provider in order:
        wanted = [symbol for symbol in symbols if symbol not in answers]
        if not wanted:
            break
        try:
            asked = asker.ask(provider, capability, wanted, arm, report)
        except UnknownSymbol:
            asked = Asked({}, frozenset(wanted))
        except ProviderError as error:
            for symbol in wanted:
                doubts[symbol].failed(provider, error)
            continue
        for symbol in wanted:
            if symbol in asked.found:
                answers[symbol] = Answer(tuple(asked.found[symbol]), provider, clock())
            else:
                doubts[symbol].silent(provider, denied=symbol in asked.denied)
    nobody = Answer((), "", clock())
    return {
        symbol: answers.get(symbol) or doubts[symbol].verdict(capability, nobody)
        for symbol in symbols
    }


@dataclass
class _Doubt:
    """Why a symbol has no answer yet.

    Attributes:
        reasons: provider by provider.
        denied: somebody has said that there is no such symbol.
        open: somebody may know it who could not say.
    """

    reasons: list[str] = field(default_factory=list)
    denied: bool = False
    open: bool = False

    def failed(self, provider: str, error: ProviderError) -> None:
        """It was not asked, or has not answered."""
        self.reasons.append(f"{provider}: {in_one_line(error)}")
        self.open = self.open or not (isinstance(error, NotAsked) and error.for_good)

    def silent(self, provider: str, *, denied: bool) -> None:
        """It has answered, but not about this symbol."""
        self.reasons.append(f"{provider}: {'not known there' if denied else 'gave no value'}")
        self.denied, self.open = self.denied or denied, self.open or not denied

    def verdict(self, capability: Capability, nobody: Answer) -> Answer | Failed:
        """``nobody`` knows it, or it is not known whether anybody does."""
        if self.denied and not self.open:
            return nobody
        return Failed(f"{capability}: {'; '.join(self.reasons) or 'no provider is configured'}")


def in_one_line(error: ProviderError) -> str:
    """What an error says, cut, and without what a terminal might take for a command."""
    text = "".join(one if one.isprintable() else "?" for one in " ".join(str(error).split()))
    return text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]}..."
