"""The ``yieldflow`` command: one function per command of the contract.

Nothing heavy is imported before a command needs it, so that ``--help`` answers at once.
"""

import argparse
import sys
from collections.abc import Sequence

from pipeline.flags import parser

EXIT_DONE, EXIT_FAILED, EXIT_BAD_INPUT, EXIT_INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 2 bad input or settings, 1 anything else."""
    options = parser().parse_args(arguments)
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

    return serve(
        options.config,
        port=options.port,
        speed=None,
        with_api=not options.no_serve,
        anew=options.anew,
    )


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


def _compare_providers(options: argparse.Namespace) -> int:
    from config.settings import ConfigError
    from connectors.providers.cost_file import CostsUnavailable
    from pipeline.compare_providers import compare

    try:
        return compare(options)
    except (ConfigError, CostsUnavailable) as error:
        return _refuse(error)


def _stack(options: argparse.Namespace) -> int:
    from pipeline.stack.stack import run

    return run(options)


COMMANDS = {
    "demo": _demo,
    "run": _run,
    "replay": _replay,
    "verify": _verify,
    "check-config": _check_config,
    "import": _import,
    "stack": _stack,
    "compare-providers": _compare_providers,
}
