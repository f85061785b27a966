"""Providers over HTTP, put together from the settings: whom to ask, what it costs, how it goes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from config.providers import ProviderSettings
from config.settings import Settings
from connectors.providers.adapter import BarSpan
from connectors.providers.asking import Asker
from connectors.providers.cache import Cache
from connectors.providers.cached import Failed
from connectors.providers.chain import Answer, ask_in_turn
from connectors.providers.cost_file import CostFile, CostsUnavailable
from connectors.providers.http import HttpFetcher
from connectors.providers.observations import Observation
from connectors.providers.router import Router
from connectors.providers.shadow import Shadow
from connectors.providers.spec import Capability
from connectors.sinks.live_view import ViewSet
from connectors.sources.provider_calls import CallLog, read_provider_calls
from connectors.sources.provider_history import AskProviders
from connectors.sources.stop import StopToken
from pipeline.provider_options import asker_of, bars_of, clients_of, names_of, split_of
from serving.options import wall_clock
from serving.provider_costs import CacheUse, CostAlert, CostReport, CostsUnknown, ProviderSpend
from serving.views import Row
from transforms.provider_costs import build_provider_stats


@dataclass
class Providers:
    """All providers of a run; they outlive its engines. Close them in the end.

    Attributes:
        router: asks whoever the settings prefer.
        asker: asks the one that is named.
        log: of calls, for ``read_provider_calls``.
        stats: gives the rows of ``ProviderStats``; none before ``show``.
    """

    router: Router
    asker: Asker
    file: CostFile
    log: CallLog
    close_fetcher: Callable[[], None]
    stats: Callable[[], Sequence[Row]] = field(default=tuple)

    def routed(self, capability: Capability, symbols: Sequence[str]) -> list[Observation]:
        """What whoever can answer says, for a polled feed.

        Raises:
            ProviderError: nobody has answered.
        """
        found = self.router.ask(capability, symbols).found.values()
        return [one for answer in found for one in answer.observations]

    def direct(self, name: str) -> Callable[[Capability, Sequence[str]], list[Observation]]:
        """The same of one provider, without a cache; its breaker and budget hold."""

        def fetch(capability: Capability, symbols: Sequence[str]) -> list[Observation]:
            asked = self.asker.ask(name, capability, symbols, "", self.log.put)
            return [one for some in asked.found.values() for one in some]

        return fetch

    def history(self, name: str | None) -> AskProviders:
        """Bars that are asked for only once, of one provider or of those that are routed."""

        def ask(symbols: Sequence[str]) -> tuple[list[Observation], Mapping[str, str]]:
            order = [name] if name else self.router.order("bars")
            answers = ask_in_turn(
                self.asker,
                "bars",
                symbols,
                order=order,
                arm="",
                clock=wall_clock,
                report=self.log.put,
            )
            missing = {name: one.reason for name, one in answers.items() if isinstance(one, Failed)}
            found = [one for one in answers.values() if isinstance(one, Answer)]
            return [one for answer in found for one in answer.observations], missing

        return ask

    def report(self) -> CostReport:
        """How things stand, for the operator.

        Raises:
            CostsUnknown: the spend cannot be read.
        """
        budgets = self.asker.budgets
        month = budgets.month
        try:
            spent, alerts = self.file.spent(month), self.file.alerts(month)
        except CostsUnavailable as error:
            raise CostsUnknown(str(error)) from error
        return CostReport(
            month=month,
            providers=[self._spend(name, spent.get(name, 0)) for name in self.asker.breakers],
            caches=[
                CacheUse(capability, **asdict(counts), hit_rate=counts.hit_rate)
                for capability, counts in self.router.counts.items()
            ],
            stats=self.stats(),
            alerts=[CostAlert(one.mark_micros, one.spent_micros, one.ts_raised) for one in alerts],
            marks_micros=budgets.marks,
            dropped=self.log.dropped,
        )

    def show(self, views: ViewSet, stop: StopToken) -> None:
        """Add the table of statistics to a graph, and read it from ``views`` from now on.

        Its numbers are those of this engine: the next one begins at 0.
        """
        stats = build_provider_stats(read_provider_calls(self.log, stop=stop))
        key = ("capability", "provider", "arm")
        self.stats = views.view("provider_stats", stats, key=key, warm="commit").rows

    def close(self) -> None:
        """Give up what is being asked, close the file."""
        self.router.close()
        self.close_fetcher()
        self.file.close()

    def _spend(self, name: str, spent: int) -> ProviderSpend:
        price = self.asker.budgets.price(name)
        state = self.asker.breakers[name].state
        return ProviderSpend(name, state, spent, price.per_call, price.monthly_budget)


def build_providers(
    settings: ProviderSettings,
    home: Path,
    *,
    named: Iterable[str] = (),
    bars: BarSpan | None = None,
    clock: Callable[[], int] = wall_clock,
) -> Providers | None:
    """Put everything together; nothing is sent. None when no provider is named anywhere.

    Args:
        settings: of providers.
        home: folder of the file that remembers what calls have cost.
        named: providers that are asked directly.
        bars: which are asked for.
        clock: microseconds UTC.

    Raises:
        CostsUnavailable: that file cannot be opened.
    """
    names = names_of(settings, named)
    if not names:
        return None
    file, log = CostFile(home), CallLog()
    fetcher = HttpFetcher(clients_of(settings, names, bars))
    asker = asker_of(settings, names, fetcher, file, clock)
    split = split_of(settings)
    router = Router(
        asker,
        {capability: order for capability, order in settings.routing.items()},
        caches={
            capability: Cache(ttl=settings.cache[capability], max_stale=settings.max_stale)
            for capability in settings.routing
        },
        clock=clock,
        report=log.put,
        split=split,
        shadow=Shadow(asker, split, log.put) if split and split.sample else None,
    )
    return Providers(router, asker, file, log, fetcher.close)


def providers_of(settings: Settings) -> Providers | None:
    """The providers of a profile; a key that stands beside a polled feed is that provider's.

    Raises:
        CostsUnavailable: the file that remembers what calls have cost cannot be opened.
    """
    polled = [source.polled for source in settings.data_sources if source.polled is not None]
    own = {one.provider: one.key for one in polled if one.provider and one.key is not None}
    given = settings.providers.model_copy(update={"keys": {**settings.providers.keys, **own}})
    past = [source.backfill for source in settings.data_sources if source.backfill is not None]
    named = [one for one in (*(p.provider for p in polled), *(p.provider for p in past)) if one]
    return build_providers(given, settings.home, named=named, bars=bars_of(settings.data_sources))
