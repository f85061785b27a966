"""The flags of every command. Nothing heavy is imported, so that ``--help`` answers at once."""

import argparse
from pathlib import Path

from pipeline.compare_flags import add_compare
from pipeline.flag_values import Commands, port, speed
from pipeline.imports import add_import
from pipeline.replay_flags import EXAMPLES, add_replay
from pipeline.stack.flags import add_stack


def parser() -> argparse.ArgumentParser:
    """The parser of ``yieldflow`` and of all its commands."""
    flags = argparse.ArgumentParser(
        prog="yieldflow",
        description="Market feeds into advice that is live, explained, reproducible and metered.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    flags.add_argument("--version", action="version", version="yieldflow 0.1.0")
    commands = flags.add_subparsers(dest="command", required=True, metavar="COMMAND")
    demo = commands.add_parser("demo", help="replay the bundled market day and serve the API")
    demo.add_argument("--port", type=port, default=None, help="port of the API (default: 8000)")
    demo.add_argument(
        "--speed",
        type=speed,
        default=None,
        help="market time over wall time, or max (default: 60)",
    )
    run = commands.add_parser("run", help="run the pipeline of a profile and serve the API")
    run.add_argument(
        "--config", type=Path, required=True, metavar="FILE", help="profile, e.g. config/live.yaml"
    )
    run.add_argument(
        "--port", type=port, default=None, help="port of the API (default: of the profile)"
    )
    run.add_argument("--no-serve", action="store_true", help="pipeline only, no API")
    run.add_argument(
        "--anew",
        action="store_true",
        help="empty tables in Postgres that were made with other settings, and begin anew",
    )
    check = commands.add_parser(
        "check-config", help="validate a profile; exits 2 and names the key and the fix"
    )
    check.add_argument("file", type=Path, metavar="FILE")
    add_replay(commands)
    _add_verify(commands)
    add_import(commands)
    add_stack(commands)
    add_compare(commands)
    return flags


def _add_verify(commands: Commands) -> None:
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
