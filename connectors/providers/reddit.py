"""Reddit: posts that name a symbol. Keys are not given to newcomers since November 2025.

So no key is the usual case, and it is told what to do. Posts that were removed are not shown, and
whoever stores posts has to honour later deletions.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from connectors.providers.adapter import Adapter
from connectors.providers.observations import NewsItem, Observation
from connectors.providers.reading import micros
from connectors.providers.spec import Auth, Capability, Context, ProviderSpec, Request

_GONE: Final = ("[removed]", "[deleted]")


class Reddit(Adapter):
    """Reddit's search, with an OAuth bearer token as the key."""

    spec = ProviderSpec(
        name="reddit",
        base_url="https://oauth.reddit.com",
        capabilities=("news",),
        auth=Auth("header", "Authorization", "Bearer "),
        rates=((100, 60.0),),
        needs_key=True,
        key_hint="Reddit gives keys only after a review (Responsible Builder Policy); "
        "without an approved app take newsapi or finnhub for news",
        user_agent="python:yieldflow:0.1",
    )

    def requests(self, capability: Capability, symbols: Sequence[str]) -> Iterable[Request]:
        """The newest hundred posts per symbol."""
        for symbol in symbols:
            params = {"q": f'"{symbol}"', "sort": "new", "limit": "100", "raw_json": "1"}
            yield Request("/search", params, (symbol,))


def _posts(document: Any, context: Context) -> list[Observation]:
    posts = [child["data"] for child in document["data"]["children"] if child["kind"] == "t3"]
    return [
        NewsItem(
            symbol=context.symbol,
            ts_event=micros(post["created_utc"], 1),
            url=f"https://www.reddit.com{post['permalink']}",
            title=post["title"],
            source=f"r/{post['subreddit']}",
            summary=post["selftext"],
        )
        for post in posts
        if post["removed_by_category"] is None and post["selftext"] not in _GONE
    ]


Reddit.readers = {"news": _posts}
