"""The flags of ``yieldflow replay``."""

import argparse
from pathlib import Path

from pipeline.flag_values import Commands, speed

EXAMPLES = """examples:
  yieldflow demo
  yieldflow replay --trades ticks.csv.gz --holdings holdings.csv --out out
  yieldflow replay --trades binance.csv --map ts_event=trade_ms:ms --map size=qty --out out
  yieldflow replay --bars daily.csv.gz --interval 1d --holdings holdings.csv --out out
"""


def add_replay(commands: Commands) -> None:
    """Add the command to the others."""
    replay = commands.add_parser(
        "replay",
        help="process files offline and write the result tables",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    files = replay.add_argument_group("files (.csv, .csv.gz, .jsonl, .jsonl.gz, .parquet)")
    files.add_argument(
        "--trades", metavar="F", help="symbol, ts_event, price, size, [trade_id], [venue]"
    )
    files.add_argument(
        "--bars",
        metavar="F",
        help="symbol, ts_event (bar start), open, high, low, close, volume, [diff]",
    )
    files.add_argument(
        "--snapshots", metavar="F", help="symbol, name, sector, price, ..., [ts_event]"
    )
    files.add_argument(
        "--holdings",
        metavar="F",
        help="portfolio_id, symbol, quantity, [avg_cost], [target_weight]",
    )
    files.add_argument(
        "--instruments", metavar="F", help="symbol, name, sector, currency, market_cap, [lot_size]"
    )
    files.add_argument(
        "--actions",
        metavar="F",
        help="symbol, ts_event (first instant in new units), ratio or new, old, [kind], [diff]; "
        "split 2:1 makes two of one, and so does bonus 1:1: one given for one held",
    )
    files.add_argument(
        "--check-trades", metavar="F", help="trades of a second source, to compare prices with"
    )
    files.add_argument(
        "--check-bars", metavar="F", help="bars of a second source, to compare prices with"
    )
    files.add_argument("--fx", metavar="F", help="exchange rates: currency, base, ts_event, rate")
    files.add_argument(
        "--transactions",
        metavar="F",
        help="portfolio_id, ts_event, kind, [symbol, quantity, price, amount, fee, currency]",
    )
    files.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="where the tables and summary.json go",
    )
    files.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="FIELD=COLUMN[:UNIT]",
        help="column of a field; UNIT: s ms us ns iso date; holdings.symbol=X for one file",
    )
    how = replay.add_argument_group("how")
    how.add_argument(
        "--interval",
        default="1m",
        metavar="LIST",
        help="bars to build, e.g. 1m or 1m,5m,1d (default: 1m)",
    )
    how.add_argument(
        "--speed",
        type=speed,
        default="max",
        help="max, or market time over wall time (default: max)",
    )
    how.add_argument(
        "--market",
        choices=("nse", "us", "crypto"),
        default=None,
        help="session and year (default: nse)",
    )
    how.add_argument(
        "--benchmark",
        default=None,
        metavar="SYMBOL",
        help="index for beta and alpha: a symbol of the files, or equal_weight",
    )
    how.add_argument(
        "--indicators", default=None, metavar="LIST", help="columns wanted (default: all)"
    )
    how.add_argument(
        "--late",
        default=None,
        metavar="DURATION",
        help="lateness allowance of a trade (default: 2m)",
    )
    how.add_argument(
        "--chunk",
        default=None,
        metavar="SIZE",
        help="bytes parsed at a time, e.g. 1MB (default: 8MB)",
    )
    how.add_argument(
        "--as-of",
        default=None,
        metavar="TIME",
        help="time of snapshots without ts_event (default: of the file)",
    )
    how.add_argument(
        "--volatility-unit",
        choices=("pct_annual", "pct_daily", "fraction_annual", "fraction_daily"),
        default="pct_annual",
        help="unit of the volatility column of snapshots (default: pct_annual)",
    )
    how.add_argument(
        "--config",
        type=Path,
        default=None,
        metavar="FILE",
        help="profile to take market and policy from",
    )
    how.add_argument("--quiet", action="store_true", help="no progress line")
