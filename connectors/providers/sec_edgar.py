"""SEC EDGAR: filings of US companies as news, and what they reported as figures.

There is no key, but the SEC wants to know who asks: the User-Agent must name a company and a mail
address, so that takes the key's place. EDGAR knows companies by number (CIK); tickers are looked
up in its own list once.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from connectors.providers.adapter import Adapter, BarSpan
from connectors.providers.observations import Fundamental, NewsItem, Observation
from connectors.providers.reading import day, instant, load, number
from connectors.providers.spec import (
    Auth,
    Capability,
    Context,
    ProviderSpec,
    Request,
    UnknownSymbol,
)

_DIRECTORY: Final = "/files/company_tickers.json"
_SITE: Final = "https://www.sec.gov"
# The times end in Z and are those of Washington all the same; read as UTC, filings would be known
# hours before they were.
_ZONE: Final = ZoneInfo("America/New_York")


class SecEdgar(Adapter):
    """EDGAR's submissions and company facts."""

    spec = ProviderSpec(
        name="sec_edgar",
        base_url="https://data.sec.gov",
        capabilities=("fundamentals", "news"),
        auth=Auth("header", "User-Agent"),
        rates=((10, 1.0),),
        needs_key=True,
        key_form=r".*\S@\S.*",
        key_hint="the SEC wants a User-Agent such as `Company Name contact@company.com` as the key",
    )
    limit_wait = 600.0  # the address is shut out until it has been quiet for ten minutes

    def __init__(self, bars: BarSpan | None = None, clock: Callable[[], float] = time.time) -> None:
        """Know no ticker yet."""
        super().__init__(bars, clock)
        self._ciks: dict[str, int] = {}

    def requests(self, capability: Capability, symbols: Sequence[str]) -> Iterable[Request]:
        """One document per company; before them the list of tickers, if one is not known yet."""
        numbers = {symbol: self._number(symbol) for symbol in symbols}
        for symbol, cik in numbers.items():
            if cik is None:
                continue
            if capability == "news":
                yield Request(f"/submissions/CIK{cik:010}.json", {}, (symbol,))
            else:
                yield Request(f"/api/xbrl/companyfacts/CIK{cik:010}.json", {}, (symbol,))
        unknown = tuple(symbol for symbol, cik in numbers.items() if cik is None)
        if unknown:
            yield Request(_DIRECTORY, {}, unknown, base_url=_SITE)

    def follow(self, capability: Capability, body: bytes, context: Context) -> Iterable[Request]:
        """After the list of tickers: the documents of those that are in it."""
        if context.request.path == _DIRECTORY:
            self._ciks = _directory(load(body))
            found = [symbol for symbol in context.request.symbols if symbol in self._ciks]
            yield from self.requests(capability, found)

    def _number(self, symbol: str) -> int | None:
        digits = symbol.removeprefix("CIK")
        return int(digits) if digits.isdigit() else self._ciks.get(symbol)


def _directory(document: Any) -> dict[str, int]:
    return {company["ticker"]: company["cik_str"] for company in document.values()}


def _found(document: Any, context: Context) -> list[Observation]:
    """Nothing to observe in the list of tickers, unless none of the symbols is there."""
    if not set(context.request.symbols) & set(_directory(document)):
        raise UnknownSymbol(f"{', '.join(context.request.symbols)}: not in the SEC's list")
    return []


def _filings(document: Any, context: Context) -> list[Observation]:
    """The recent filings, which come as columns."""
    if context.request.path == _DIRECTORY:
        return _found(document, context)
    recent = document["filings"]["recent"]
    names = ("accessionNumber", "acceptanceDateTime", "form", "primaryDocument")
    archive = f"{_SITE}/Archives/edgar/data/{int(document['cik'])}"
    return [
        NewsItem(
            symbol=context.symbol,
            ts_event=instant(accepted.removesuffix("Z"), _ZONE),
            url=f"{archive}/{accession.replace('-', '')}/{main}",
            title=f"{document['name']}: form {form}",
            source="SEC EDGAR",
        )
        for accession, accepted, form, main in zip(*(recent[name] for name in names), strict=True)
    ]


def _facts(document: Any, context: Context) -> list[Observation]:
    """Each fact when it was first filed, and again when a later filing says another value."""
    if context.request.path == _DIRECTORY:
        return _found(document, context)
    return [
        Fundamental(
            symbol=context.symbol,
            ts_event=day(fact["filed"]),
            metric=f"{taxonomy}:{concept}",
            value=number(fact["val"]),
            unit=unit,
            period_start=fact.get("start", ""),
            period_end=fact["end"],
        )
        for taxonomy, concepts in document["facts"].items()
        for concept, about in concepts.items()
        for unit, facts in about["units"].items()
        for fact in _told_first(facts)
    ]


def _told_first(facts: Iterable[Any]) -> Iterable[Any]:
    last: dict[tuple[str, str], Any] = {}
    for fact in sorted(facts, key=lambda fact: (fact["filed"], fact["accn"])):
        period = (fact.get("start", ""), fact["end"])
        if period not in last or last[period] != fact["val"]:
            last[period] = fact["val"]
            yield fact


SecEdgar.readers = {"news": _filings, "fundamentals": _facts}
