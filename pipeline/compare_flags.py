"""The flags of ``yieldflow compare-providers``."""

import argparse
from pathlib import Path

from pipeline.flag_values import Commands

CAPABILITIES = ("quote", "bars", "fundamentals", "news", "macro")


def add_compare(commands: Commands) -> None:
    """Add the command to the others."""
    compare = commands.add_parser(
        "compare-providers",
        help="ask several providers the same and print how good their data is",
        description="Asks each provider once and prints latency, age, price, distance from the "
        "median, missing fields, errors and cost. Keys, addresses and prices are those of the "
        "profile; flags are left aside. Calls are booked in the costs of the profile's home. "
        "Exits 1 when nobody has answered.",
    )
    compare.add_argument(
        "--capability", choices=CAPABILITIES, default="quote", help="what to ask (default: quote)"
    )
    compare.add_argument(
        "--symbols", type=_names, required=True, metavar="A,B", help="whom to ask about"
    )
    compare.add_argument(
        "--providers",
        type=_names,
        default=None,
        metavar="X,Y",
        help="whom to ask (default: all that have it)",
    )
    compare.add_argument(
        "--base-url",
        type=_address,
        action="append",
        default=[],
        metavar="NAME=URL",
        help="where a provider is, instead of its own address",
    )
    compare.add_argument(
        "--config", type=Path, default=None, metavar="FILE", help="profile (default: of the demo)"
    )
    compare.add_argument("--json", action="store_true", help="print JSON instead of a table")


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    if all(names):
        return names
    raise argparse.ArgumentTypeError(f"must be names with commas between them, was {text!r}")


def _address(text: str) -> tuple[str, str]:
    name, equals, url = text.partition("=")
    if name and equals and url.startswith(("http://", "https://")):
        return name, url
    raise argparse.ArgumentTypeError(f"must be NAME=http://..., was {text!r}")
