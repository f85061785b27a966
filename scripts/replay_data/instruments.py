"""The fifty instruments: real names, sectors and rounded sizes; the price level is made up.

Company names and industries are those of the NIFTY 50 list of NSE Indices (early 2026); market
capitalisations are rounded to tenths of a lakh crore rupees (10**11 INR).
"""

from dataclasses import dataclass

_FIN, _IT, _FMCG = "Financial Services", "Information Technology", "Fast Moving Consumer Goods"
_AUTO, _OIL = "Automobile and Auto Components", "Oil Gas & Consumable Fuels"
_HEALTH, _METAL, _POWER = "Healthcare", "Metals & Mining", "Power"
_SERVICES, _SHOPS, _DURABLES = "Services", "Consumer Services", "Consumer Durables"
_CEMENT, _GOODS, _BUILD = "Construction Materials", "Capital Goods", "Construction"
_TELECOM = "Telecommunication"


@dataclass(frozen=True)
class Listing:
    """One instrument.

    Attributes:
        symbol: NSE symbol.
        name: company.
        sector: NSE macro industry.
        market_cap: 10**11 INR, rounded.
        level: synthetic close of the day before the session, INR.
        trades: trades of the session, about; a fraction of what a real name sees.
    """

    symbol: str
    name: str
    sector: str
    market_cap: int
    level: float
    trades: int


LISTINGS = (
    Listing("ADANIENT", "Adani Enterprises Ltd.", _METAL, 26, 2180.0, 2900),
    Listing(
        "ADANIPORTS", "Adani Ports and Special Economic Zone Ltd.", _SERVICES, 31, 1430.0, 2700
    ),
    Listing("APOLLOHOSP", "Apollo Hospitals Enterprise Ltd.", _HEALTH, 11, 7240.0, 2100),
    Listing("ASIANPAINT", "Asian Paints Ltd.", _DURABLES, 27, 2790.0, 2600),
    Listing("AXISBANK", "Axis Bank Ltd.", _FIN, 40, 1290.0, 4000),
    Listing("BAJAJ-AUTO", "Bajaj Auto Ltd.", _AUTO, 27, 9480.0, 2300),
    Listing("BAJAJFINSV", "Bajaj Finserv Ltd.", _FIN, 32, 1990.0, 2500),
    Listing("BAJFINANCE", "Bajaj Finance Ltd.", _FIN, 59, 950.0, 3900),
    Listing("BEL", "Bharat Electronics Ltd.", _GOODS, 30, 415.0, 3700),
    Listing("BHARTIARTL", "Bharti Airtel Ltd.", _TELECOM, 121, 2020.0, 4200),
    Listing("CIPLA", "Cipla Ltd.", _HEALTH, 12, 1430.0, 2300),
    Listing("COALINDIA", "Coal India Ltd.", _OIL, 27, 430.0, 3000),
    Listing("DRREDDY", "Dr. Reddy's Laboratories Ltd.", _HEALTH, 10, 1190.0, 2200),
    Listing("EICHERMOT", "Eicher Motors Ltd.", _AUTO, 20, 7330.0, 2200),
    Listing("ETERNAL", "Eternal Ltd.", _SHOPS, 29, 290.0, 4800),
    Listing("GRASIM", "Grasim Industries Ltd.", _CEMENT, 19, 2780.0, 2100),
    Listing("HCLTECH", "HCL Technologies Ltd.", _IT, 45, 1660.0, 3200),
    Listing("HDFCBANK", "HDFC Bank Ltd.", _FIN, 142, 925.0, 6400),
    Listing("HDFCLIFE", "HDFC Life Insurance Company Ltd.", _FIN, 16, 745.0, 2600),
    Listing("HINDALCO", "Hindalco Industries Ltd.", _METAL, 21, 950.0, 3300),
    Listing("HINDUNILVR", "Hindustan Unilever Ltd.", _FMCG, 55, 2350.0, 3000),
    Listing("ICICIBANK", "ICICI Bank Ltd.", _FIN, 101, 1415.0, 5600),
    Listing("INDIGO", "InterGlobe Aviation Ltd.", _SERVICES, 18, 4740.0, 2600),
    Listing("INFY", "Infosys Ltd.", _IT, 67, 1600.0, 5400),
    Listing("ITC", "ITC Ltd.", _FMCG, 42, 335.0, 4400),
    Listing("JIOFIN", "Jio Financial Services Ltd.", _FIN, 18, 285.0, 3600),
    Listing("JSWSTEEL", "JSW Steel Ltd.", _METAL, 29, 1180.0, 2500),
    Listing("KOTAKBANK", "Kotak Mahindra Bank Ltd.", _FIN, 42, 422.0, 3800),
    Listing("LT", "Larsen & Toubro Ltd.", _BUILD, 53, 3870.0, 3800),
    Listing("M&M", "Mahindra & Mahindra Ltd.", _AUTO, 45, 3640.0, 3500),
    Listing("MARUTI", "Maruti Suzuki India Ltd.", _AUTO, 51, 16100.0, 3000),
    Listing("MAXHEALTH", "Max Healthcare Institute Ltd.", _HEALTH, 10, 1035.0, 2200),
    Listing("NESTLEIND", "Nestle India Ltd.", _FMCG, 25, 1300.0, 2100),
    Listing("NTPC", "NTPC Ltd.", _POWER, 33, 345.0, 3700),
    Listing("ONGC", "Oil & Natural Gas Corporation Ltd.", _OIL, 31, 248.0, 3700),
    Listing("POWERGRID", "Power Grid Corporation of India Ltd.", _POWER, 24, 258.0, 3400),
    Listing("RELIANCE", "Reliance Industries Ltd.", _OIL, 196, 1455.0, 6600),
    Listing("SBILIFE", "SBI Life Insurance Company Ltd.", _FIN, 21, 2060.0, 2200),
    Listing("SBIN", "State Bank of India", _FIN, 96, 1030.0, 5200),
    Listing("SHRIRAMFIN", "Shriram Finance Ltd.", _FIN, 19, 980.0, 3200),
    Listing("SUNPHARMA", "Sun Pharmaceutical Industries Ltd.", _HEALTH, 41, 1700.0, 3000),
    Listing("TATACONSUM", "Tata Consumer Products Ltd.", _FMCG, 12, 1170.0, 33),
    Listing("TATASTEEL", "Tata Steel Ltd.", _METAL, 23, 188.0, 4600),
    Listing("TCS", "Tata Consultancy Services Ltd.", _IT, 115, 3180.0, 4400),
    Listing("TECHM", "Tech Mahindra Ltd.", _IT, 16, 1590.0, 2500),
    Listing("TITAN", "Titan Company Ltd.", _DURABLES, 37, 4140.0, 2800),
    Listing("TMPV", "Tata Motors Passenger Vehicles Ltd.", _AUTO, 13, 350.0, 3800),
    Listing("TRENT", "Trent Ltd.", _SHOPS, 14, 4050.0, 3400),
    Listing("ULTRACEMCO", "UltraTech Cement Ltd.", _CEMENT, 36, 12200.0, 2100),
    Listing("WIPRO", "Wipro Ltd.", _IT, 27, 262.0, 3400),
)
SYMBOLS = tuple(listing.symbol for listing in LISTINGS)
SECTORS = tuple(dict.fromkeys(listing.sector for listing in LISTINGS))
INDEX = {symbol: place for place, symbol in enumerate(SYMBOLS)}


def instruments_csv() -> bytes:
    """``instruments.csv``: one row per symbol, ``market_cap`` in INR."""
    lines = ["symbol,name,sector,currency,asset_class,market_cap,lot_size,exchange"]
    for it in LISTINGS:
        cap = it.market_cap * 10**11
        lines.append(f"{it.symbol},{it.name},{it.sector},INR,equity,{cap},1,NSE")
    return ("\n".join(lines) + "\n").encode()
