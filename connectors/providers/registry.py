"""Every provider by the name that settings use."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from connectors.providers.access import Access, Clock, Patience
from connectors.providers.adapter import Adapter, BarSpan
from connectors.providers.alphavantage import AlphaVantage
from connectors.providers.binance_rest import BinanceRest
from connectors.providers.client import ProviderClient
from connectors.providers.coingecko import CoinGecko, CoinGeckoPro
from connectors.providers.coinmarketcap import CoinMarketCap
from connectors.providers.finnhub import Finnhub
from connectors.providers.fred import Fred
from connectors.providers.iex import Iex
from connectors.providers.massive import Massive
from connectors.providers.nasdaq_data_link import NasdaqDataLink
from connectors.providers.newsapi import NewsApi
from connectors.providers.reddit import Reddit
from connectors.providers.sec_edgar import SecEdgar
from connectors.providers.transport import AiohttpTransport, Transport
from connectors.providers.yahoo import Yahoo
from connectors.providers.yahoo_session import CrumbTransport, browser_transport

_ALL: Final[tuple[type[Adapter], ...]] = (
    AlphaVantage,
    BinanceRest,
    CoinGecko,
    CoinGeckoPro,
    CoinMarketCap,
    Finnhub,
    Fred,
    Iex,
    Massive,
    NasdaqDataLink,
    NewsApi,
    Reddit,
    SecEdgar,
    Yahoo,
)

PROVIDERS: Final[Mapping[str, type[Adapter]]] = {each.spec.name: each for each in _ALL}


def provider(
    name: str, bars: BarSpan | None = None, clock: Callable[[], float] = time.time
) -> Adapter:
    """A new adapter of the provider called ``name``.

    Raises:
        ValueError: there is no such provider.
    """
    if name not in PROVIDERS:
        raise ValueError(f"no provider `{name}` (there are: {', '.join(PROVIDERS)})")
    return PROVIDERS[name](bars, clock)


def client(
    name: str,
    access: Access | None = None,
    *,
    bars: BarSpan | None = None,
    patience: Patience | None = None,
    timeout: float = 10.0,
    clock: Clock | None = None,
) -> ProviderClient:
    """Make a provider ready to be asked; nothing is sent before that.

    Args:
        name: of the provider.
        access: how it is reached; None: as its spec says.
        bars: which are asked for.
        patience: with errors that may pass.
        timeout: seconds for a whole answer.
        clock: of everything.

    Raises:
        ValueError: there is no such provider.
    """
    clock = clock or Clock()
    return ProviderClient(
        provider(name, bars, clock.wall),
        access,
        patience=patience,
        transport=_transport(name, access, timeout),
        clock=clock,
    )


def _transport(name: str, access: Access | None, timeout: float) -> Transport:
    if name != Yahoo.spec.name:
        return AiohttpTransport(timeout=timeout)
    if access and access.url:  # another server: it wants no browser, and has no such cookie
        return CrumbTransport(partial(AiohttpTransport, timeout=timeout), cookie_url=None)
    return CrumbTransport(partial(browser_transport, timeout=timeout))
