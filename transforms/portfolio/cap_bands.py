"""Capitalisation band of each instrument: by rank, as SEBI and AMFI draw the line for India."""

import math
from collections.abc import Mapping

LARGE = 100  # last rank of the large ones
MID = 250  # the small ones follow
UNKNOWN = ""


def cap_bands(market_caps: Mapping[str, float | None]) -> dict[str, str]:
    """``large`` (ranks 1 to 100), ``mid`` (to 250) or ``small`` by symbol; '' when unknown.

    Ranks are those of full market capitalisation among all instruments given, ties by symbol.
    Categorization and Rationalization of Mutual Fund Schemes, SEBI circular of 6 October 2017.

    Args:
        market_caps: of all known instruments, in one currency; None when unknown.
    """
    known = [(-cap, symbol) for symbol, cap in market_caps.items() if cap and 0 < cap < math.inf]
    bands = dict.fromkeys(market_caps, UNKNOWN)
    for rank, (_, symbol) in enumerate(sorted(known), 1):
        bands[symbol] = "large" if rank <= LARGE else "mid" if rank <= MID else "small"
    return bands
