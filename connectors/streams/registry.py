"""The venues by the name that settings call them."""

from collections.abc import Mapping
from typing import Final

from connectors.streams import alpaca, binance, coinbase, finnhub, massive, yahoo
from connectors.streams.venue import Venue

VENUES: Final[Mapping[str, Venue]] = {
    venue.name: venue
    for venue in (
        binance.VENUE,
        finnhub.VENUE,
        massive.VENUE,
        coinbase.VENUE,
        coinbase.ADVANCED,
        yahoo.VENUE,
        alpaca.VENUE,
    )
}
