"""IEX Cloud, which is no more: its domain has another owner, so nothing is ever sent there."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from connectors.providers.adapter import Adapter
from connectors.providers.spec import Capability, ProviderRetired, ProviderSpec, Request

_WHY = (
    "IEX Cloud was shut down on 2024-08-31 and its domain has another owner; "
    "take finnhub or massive, or the Alpaca feed for trades of IEX"
)


class Iex(Adapter):
    """A name that tells where to go instead."""

    spec = ProviderSpec(
        name="iex_cloud",
        base_url="",
        capabilities=("quote", "bars", "fundamentals", "news"),
        retired=_WHY,
    )
    readers: ClassVar = {}

    def requests(self, capability: Capability, symbols: Sequence[str]) -> Iterable[Request]:
        """Refuse, before a request exists.

        Raises:
            ProviderRetired: always.
        """
        raise ProviderRetired(_WHY)
