"""Settings of providers as the values that connectors take."""

from collections.abc import Callable, Iterable, Sequence

from config.providers import ProviderSettings
from config.sources import DataSource
from connectors.providers.ab import Split
from connectors.providers.access import Access
from connectors.providers.adapter import BarSpan
from connectors.providers.asking import Asker, Fetcher
from connectors.providers.breaker import CircuitBreaker
from connectors.providers.budget import Budgets, Price
from connectors.providers.client import ProviderClient
from connectors.providers.cost_file import CostFile
from connectors.providers.flags import Flags
from connectors.providers.registry import PROVIDERS, client


def names_of(settings: ProviderSettings, named: Iterable[str]) -> list[str]:
    """Every provider that may be asked, once, in the order in which it is first named."""
    routed = [name for order in settings.routing.values() for name in order]
    return list(dict.fromkeys([*routed, *(settings.ab.arms if settings.ab else ()), *named]))


def clients_of(
    settings: ProviderSettings, names: Iterable[str], bars: BarSpan | None = None
) -> list[ProviderClient]:
    """How each provider is reached, and which bars it is asked for."""
    return [client(name, access_of(settings, name), bars=bars) for name in names]


def bars_of(sources: Iterable[DataSource]) -> BarSpan | None:
    """Which bars providers are asked for: of one length, as the settings have made sure."""
    asking = [source for source in sources if source.asks_for_bars]
    if not asking or asking[0].interval is None:
        return None
    days = [source.backfill.days for source in asking if source.backfill is not None]
    return BarSpan(asking[0].interval, *days)


def access_of(settings: ProviderSettings, name: str) -> Access:
    """Key, address, limits and symbols of one provider."""
    secret = settings.keys.get(name)
    return Access(
        key=secret.get_secret_value() or None if secret is not None else None,
        url=settings.urls.get(name),
        rates=settings.limits.get(name),
        symbols=settings.symbols.get(name, {}),
    )


def asker_of(
    settings: ProviderSettings,
    names: Sequence[str],
    fetcher: Fetcher,
    file: CostFile,
    clock: Callable[[], int],
) -> Asker:
    """Flags, prices and breakers around the providers."""
    prices = {
        name: Price(price.per_call_micros, price.monthly_budget_micros)
        for name, price in settings.prices.items()
    }
    return Asker(
        fetcher,
        {name: PROVIDERS[name].spec for name in names},
        flags=Flags(names, settings.flags),
        budgets=Budgets(file, prices, clock=clock, marks=settings.alert_micros),
        breakers={name: CircuitBreaker() for name in names},
        clock=clock,
    )


def split_of(settings: ProviderSettings) -> Split | None:
    """The comparison that is running."""
    ab = settings.ab
    return None if ab is None else Split(ab.capability, ab.arms, float(ab.sample))
