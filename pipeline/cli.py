"""The ``yieldflow`` command: one function per command of the contract.

Nothing heavy is imported before a command needs it, so that ``--help`` answers at once.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.imports import add_import

EXIT_DONE, EXIT_FAILED, EXIT_BAD_INPUT, EXIT_INTERRUPTED = 0, 1, 2, 130

EXAMPLES = """examples:
  yieldflow demo
  yieldflow replay --trades ticks.csv.gz --holdings holdings.csv --out out
  yieldflow replay --trades binance.csv --map ts_event=trade_ms:ms --map size=qty --out out
  yieldflow replay --bars daily.csv.gz --interval 1d --holdings holdings.csv --out out
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 2 bad input or settings, 1 anything else."""
    options = _parser().parse_args(arguments)
    command = COMMANDS[options.command]
    try:
        return command(options)
    except KeyboardInterrupt:
        print("\nyieldflow: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED


def _refuse(error: Exception) -> int:
    print(f"yieldflow: {error}", file=sys.stderr)
    return EXIT_BAD_INPUT


def _demo(options: argparse.Namespace) -> int:
    from pipeline.app import packaged_profile, serve

    return serve(packaged_profile("demo"), port=options.port, speed=options.speed, with_api=True)


def _run(options: argparse.Namespace) -> int:
    from pipeline.app import serve

    return serve(options.config, port=options.port, speed=None, with_api=not options.no_serve)


def _replay(options: argparse.Namespace) -> int:
    from config.settings import ConfigError
    from connectors.sources.errors import SourceError
    from pipeline.replay import replay
    from pipeline.request import RequestError, request_of

    try:
        request = request_of(options)
    except (ConfigError, SourceError, RequestError) as error:
        return _refuse(error)
    return replay(request, quiet=options.quiet)


def _verify(options: argparse.Namespace) -> int:
    from config.settings import ConfigError
    from connectors.sources.errors import SourceError
    from connectors.store.ledger import LedgerUnavailable
    from pipeline.app import packaged_profile
    from pipeline.verify import verify

    profile = options.config or packaged_profile("demo")
    try:
        return verify(options.event_id, profile=profile, ledger=options.ledger, quiet=options.quiet)
    except (ConfigError, SourceError, LedgerUnavailable) as error:
        return _refuse(error)


def _check_config(options: argparse.Namespace) -> int:
    from pipeline.app import check

    return check(options.file)


def _import(options: argparse.Namespace) -> int:
    from connectors.imports.imported import ImportRefused
    from pipeline.imports import import_file

    try:
        return import_file(options)
    except ImportRefused as error:
        return _refuse(error)


COMMANDS = {
    "demo": _demo,
    "run": _run,
    "replay": _replay,
    "verify": _verify,
    "check-config": _check_config,
    "import": _import,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="yieldflow",
        description="Market feeds into advice that is live, explained, reproducible and metered.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version="yieldflow 0.1.0")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    demo = commands.add_parser("demo", help="replay the bundled market day and serve the API")
    demo.add_argument("--port", type=_port, default=None, help="port of the API (default: 8000)")
    demo.add_argument(
        "--speed",
        type=_speed,
        default=None,
        help="market time over wall time, or max (default: 60)",
    )
    run = commands.add_parser("run", help="run the pipeline of a profile and serve the API")
    run.add_argument(
        "--config", type=Path, required=True, metavar="FILE", help="profile, e.g. config/live.yaml"
    )
    run.add_argument(
        "--port", type=_port, default=None, help="port of the API (default: of the profile)"
    )
    run.add_argument("--no-serve", action="store_true", help="pipeline only, no API")
    check = commands.add_parser(
        "check-config", help="validate a profile; exits 2 and names the key and the fix"
    )
    check.add_argument("file", type=Path, metavar="FILE")
    _add_replay(commands)
    _add_verify(commands)
    add_import(commands)
    return parser


def _add_verify(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verify = commands.add_parser(
        "verify",
        help="recompute what a usage event was billed for",
        description="Checks the hash of what was served for a usage event, replays the inputs of "
        "the profile up to that time and compares. Exits 0 when the answer is reproduced, 1 when "
        "it differs (the rows and their causes are listed), 2 when there is no such event.",
    )
    verify.add_argument("event_id", metavar="EVENT_ID", help="of usage.event_ids of an answer")
    verify.add_argument(
        "--config",
        type=Path,
        default=None,
        metavar="FILE",
        help="profile that served it (default: of the demo)",
    )
    verify.add_argument(
        "--ledger",
        type=Path,
        default=None,
        metavar="PATH",
        help="ledger file or its folder (default: home of the profile)",
    )
    verify.add_argument("--quiet", action="store_true", help="no progress line")


def _add_replay(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
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
        type=_speed,
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


def _port(text: str) -> int:
    if text.isdecimal() and 0 <= int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"must be a port from 0 to 65535, was {text}")


def _speed(text: str) -> float | str:
    if text == "max":
        return text
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if 0 < speed < float("inf"):
        return speed
    raise argparse.ArgumentTypeError(f"must be max or a number above 0, was {text}")
