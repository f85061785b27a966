"""NewsAPI: articles about a company's name or symbol, a day late on the free Developer plan.

The plan is for development; articles repeat, so their URL is what tells them apart.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from connectors.providers.adapter import Adapter
from connectors.providers.observations import NewsItem, Observation
from connectors.providers.reading import instant, one_line
from connectors.providers.spec import (
    Auth,
    Capability,
    Context,
    Fatal,
    ProviderError,
    ProviderSpec,
    Request,
    Retryable,
    UnknownSymbol,
)

_HALF_A_DAY: Final = 43_200.0


class NewsApi(Adapter):
    """NewsAPI's search."""

    spec = ProviderSpec(
        name="newsapi",
        base_url="https://newsapi.org/v2",
        capabilities=("news",),
        auth=Auth("header", "X-Api-Key"),
        rates=((100, 86_400.0), (50, _HALF_A_DAY)),
        needs_key=True,
        key_hint="get one for development at newsapi.org",
    )

    def requests(self, capability: Capability, symbols: Sequence[str]) -> Iterable[Request]:
        """The newest hundred articles that name the symbol; the free plan has no more."""
        for symbol in symbols:
            params = {"q": f'"{symbol}"', "sortBy": "publishedAt", "pageSize": "100"}
            yield Request("/everything", params | {"language": "en"}, (symbol,))

    def refusal(
        self, document: Any, status: int, after: float | None, context: Context
    ) -> ProviderError | None:
        """``status: error`` with a code."""
        if document["status"] == "ok":
            return None
        code = document["code"]
        said = one_line(f"{code}: {document['message']}")
        match code:
            case "rateLimited" | "apiKeyExhausted":
                return Retryable(said, after or _HALF_A_DAY)
            case "unexpectedError":
                return Retryable(said, after)
            case "sourceDoesNotExist":
                return UnknownSymbol(said)
        return Fatal(said)


def _news(document: Any, context: Context) -> list[Observation]:
    by_url = {
        article["url"]: NewsItem(
            symbol=context.symbol,
            ts_event=instant(article["publishedAt"]),
            url=article["url"],
            title=article["title"] or "",
            source=article["source"]["name"] or "",
            summary=article["description"] or "",
        )
        for article in document["articles"]
    }
    return list(by_url.values())


NewsApi.readers = {"news": _news}
