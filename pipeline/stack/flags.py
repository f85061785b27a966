"""The flags of ``yieldflow stack``."""

import argparse
from pathlib import Path

from pipeline.flag_values import Commands, port

EXAMPLE = """examples:
  eval "$(yieldflow stack up)"    start all three, and set where they are in this shell
  yieldflow stack status
  yieldflow stack down
"""


def add_stack(commands: Commands) -> None:
    """Add the command to the others."""
    stack = commands.add_parser(
        "stack",
        help="start or stop a real Kafka, PostgreSQL and Redis on loopback",
        description="up starts what does not run yet and prints the three environment lines; down "
        "stops what up has started; status says how each one is, and exits 1 unless all run.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    stack.add_argument("action", choices=("up", "down", "status"))
    stack.add_argument(
        "--dir",
        type=Path,
        default=None,
        help="what they keep (default: stack in YIELDFLOW_HOME, else ./var/stack)",
    )
    for server, usual in (("kafka", 9092), ("postgres", 5432), ("redis", 6379)):
        stack.add_argument(
            f"--{server}-port",
            type=port,
            default=None,
            metavar="PORT",
            help=f"0: any free one (default: {usual}, or a free one when it is taken)",
        )
