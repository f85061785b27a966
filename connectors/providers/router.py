"""Which provider answers: preferred order, split, budget, cache and fallback in one place."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock

from connectors.providers.ab import Split
from connectors.providers.asking import Asker, Report
from connectors.providers.cache import Cache
from connectors.providers.cached import CacheCounts, Failed, Kept
from connectors.providers.calls import HitRows
from connectors.providers.chain import Answer, ask_in_turn
from connectors.providers.cost_file import CostsUnavailable
from connectors.providers.shadow import Shadow
from connectors.providers.spec import Capability, Retryable

Place = tuple[str, str]
"""Where an answer is kept: arm and symbol."""


class NoAnswer(Retryable):
    """Not one symbol could be answered. One line says why, provider by provider."""


@dataclass(frozen=True)
class Answers:
    """What came of a question.

    Attributes:
        found: by symbol; without observations where no provider knows the symbol.
        stale: symbols whose answer is older than it should be, as it could not be renewed.
        missing: why there is no answer, by symbol.
    """

    found: Mapping[str, Answer] = field(default_factory=dict)
    stale: frozenset[str] = frozenset()
    missing: Mapping[str, str] = field(default_factory=dict)


class Router:
    """Asks providers so that nobody has to know which. From any thread or task."""

    def __init__(
        self,
        asker: Asker,
        routing: Mapping[Capability, Sequence[str]],
        *,
        caches: Mapping[Capability, Cache[Place, Answer]],
        clock: Callable[[], int],
        report: Report = lambda call: None,
        split: Split | None = None,
        shadow: Shadow | None = None,
    ) -> None:
        """Route questions.

        Args:
            asker: asks one provider.
            routing: names of providers by capability, the preferred one first.
            caches: one for each capability of ``routing``.
            clock: microseconds UTC.
            report: told each call and, gathered, the hits of the cache; must not wait.
            split: of one capability between arms, which then come before the preferred order.
            shadow: compares the arms; None: nobody does.

        Raises:
            ValueError: a capability has no cache, or the split is of one without routing.
        """
        if missing := routing.keys() - caches.keys():
            raise ValueError(f"`caches` must have {', '.join(sorted(missing))}")
        self.asker, self.caches, self.routing = asker, caches, routing
        self._clock, self._report, self._split, self._shadow = clock, report, split, shadow
        self._hits, self._lock = HitRows(clock), Lock()

    @property
    def counts(self) -> dict[Capability, CacheCounts]:
        """What the caches have seen so far."""
        return {capability: cache.counts for capability, cache in self.caches.items()}

    def ask(self, capability: Capability, symbols: Iterable[str], *, account: str = "") -> Answers:
        """Answer a question from the cache or from the first provider that can.

        Args:
            capability: what is asked for.
            symbols: about whom.
            account: for whom; it then decides the arm of a split instead of each symbol.

        Raises:
            NoAnswer: not one symbol could be answered.
        """
        places = self._places(capability, symbols, account)
        kept = self._cache(capability).get(places, lambda some: self._load(capability, some))
        return self._answers(capability, kept)

    async def ask_async(
        self, capability: Capability, symbols: Iterable[str], *, account: str = ""
    ) -> Answers:
        """Do the same for a task, which waits without blocking its event loop."""
        places = self._places(capability, symbols, account)
        cache = self._cache(capability)
        kept = await cache.get_async(places, lambda some: self._load(capability, some))
        return self._answers(capability, kept)

    def close(self) -> None:
        """Stop comparing arms."""
        if self._shadow is not None:
            self._shadow.close()

    def _cache(self, capability: Capability) -> Cache[Place, Answer]:
        if capability not in self.routing:
            raise NoAnswer(f"{capability}: no provider is configured")
        return self.caches[capability]

    def _places(self, capability: Capability, symbols: Iterable[str], account: str) -> list[Place]:
        split = self._split
        if split is None or split.capability != capability:
            return [("", symbol) for symbol in symbols]
        return [(split.arm(account or symbol), symbol) for symbol in symbols]

    def _load(
        self, capability: Capability, places: Sequence[Place]
    ) -> dict[Place, Answer | Failed]:
        by_arm: dict[str, list[str]] = defaultdict(list)
        for arm, symbol in places:
            by_arm[arm].append(symbol)
        loaded: dict[Place, Answer | Failed] = {}
        for arm, symbols in by_arm.items():
            for symbol, answer in self._ask_arm(capability, arm, symbols).items():
                loaded[arm, symbol] = answer
        return loaded

    def _ask_arm(
        self, capability: Capability, arm: str, symbols: Sequence[str]
    ) -> dict[str, Answer | Failed]:
        moment = self._clock()
        answers = ask_in_turn(
            self.asker,
            capability,
            symbols,
            order=self.order(capability, arm),
            arm=arm,
            clock=self._clock,
            report=self._report,
        )
        if self._shadow is not None and arm:
            known = {name: one for name, one in answers.items() if isinstance(one, Answer)}
            self._shadow.compare(capability, arm, known, moment)
        return answers

    def order(self, capability: Capability, arm: str = "") -> list[str]:
        """Whom to ask in turn: the arm of a split, then as preferred and as budgets steer."""
        order = list(
            dict.fromkeys([arm, *self.routing[capability]] if arm else self.routing[capability])
        )
        try:
            return self.asker.budgets.steer(order)
        except CostsUnavailable:
            return order  # what costs something then refuses to be asked, and says so

    def _answers(
        self, capability: Capability, kept: Mapping[Place, Kept[Answer] | Failed]
    ) -> Answers:
        found = {place: one for place, one in kept.items() if isinstance(one, Kept)}
        missing = {place[1]: one.reason for place, one in kept.items() if isinstance(one, Failed)}
        if missing and not found:
            raise NoAnswer(next(iter(missing.values())))
        self._count_hits(capability, found)
        return Answers(
            {symbol: one.value for (_, symbol), one in found.items()},
            frozenset(symbol for (_, symbol), one in found.items() if one.origin == "stale"),
            missing,
        )

    def _count_hits(self, capability: Capability, found: Mapping[Place, Kept[Answer]]) -> None:
        hits = Counter(
            (one.value.provider, arm)
            for (arm, _), one in found.items()
            if one.origin == "hit" and one.value.provider
        )
        with self._lock:
            for (provider, arm), count in hits.items():
                self._hits.add(capability, provider, arm, count)
            rows = self._hits.due()
        for row in rows:
            self._report(row)
