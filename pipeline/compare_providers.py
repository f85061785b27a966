"""``yieldflow compare-providers``: the same question to several providers, and their quality."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict

import orjson
from rich.console import Console
from rich.table import Table

from config.providers import ProviderSettings
from config.settings import ConfigError, Settings, load_settings
from connectors.providers.asked import Asked
from connectors.providers.asking import Asker
from connectors.providers.budget import dollars
from connectors.providers.calls import Called
from connectors.providers.chain import in_one_line
from connectors.providers.cost_file import CostFile
from connectors.providers.http import HttpFetcher
from connectors.providers.registry import PROVIDERS
from connectors.providers.spec import Capability, ProviderError
from pipeline.comparison import Quality, Reply, Verdict, judge
from pipeline.provider_options import asker_of, clients_of
from serving.money import money
from serving.options import wall_clock

EXIT_DONE, EXIT_FAILED = 0, 1
WIDTH = 150  # columns where the output is no terminal
COLUMNS = ("provider", "symbol", "latency", "age", "price", "from median", "rows", "missing")


def compare(options: argparse.Namespace) -> int:
    """Run the command: 0 when a provider has answered, 1 when none has.

    Raises:
        ConfigError: the profile is wrong, or a provider does not exist.
        CostsUnavailable: calls cannot be booked.
    """
    settings = load_settings(options.config, os.environ, unset="noted")
    names = chosen(options.providers, options.capability)
    providers = settings.providers.model_copy(
        update={"flags": {}, "urls": settings.providers.urls | addresses(options.base_url)}
    )
    verdicts = ask_all(settings, providers, names, options.capability, options.symbols)
    if options.json:
        sys.stdout.write(as_json(options.capability, options.symbols, verdicts).decode() + "\n")
    else:
        width = None if sys.stdout.isatty() else WIDTH
        Console(width=width, highlight=False, markup=False).print(
            as_table(options.capability, verdicts)
        )
    return EXIT_DONE if any(one.answered for one in verdicts) else EXIT_FAILED


def chosen(names: Sequence[str] | None, capability: str) -> list[str]:
    """The providers that are asked: those named, else all that can be.

    Raises:
        ConfigError: one does not exist.
    """
    if names is None:
        return [
            name
            for name, one in PROVIDERS.items()
            if capability in one.spec.capabilities and one.spec.retired is None
        ]
    _check(names)
    return list(names)


def addresses(given: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Base URLs from the command line.

    Raises:
        ConfigError: one is of a provider that does not exist.
    """
    _check([name for name, _ in given])
    return dict(given)


def ask_all(
    settings: Settings,
    providers: ProviderSettings,
    names: Sequence[str],
    capability: Capability,
    symbols: Sequence[str],
) -> list[Verdict]:
    """Ask every provider at the same time, each once."""
    with (
        closing(CostFile(settings.home)) as file,
        closing(HttpFetcher(clients_of(providers, names))) as fetcher,
        ThreadPoolExecutor(len(names)) as pool,
    ):
        asker = asker_of(providers, names, fetcher, file, wall_clock)
        return judge(pool.map(asking(asker, capability, symbols), names), symbols)


def asking(asker: Asker, capability: Capability, symbols: Sequence[str]) -> Callable[[str], Reply]:
    """A function that asks one provider."""

    def ask(name: str) -> Reply:
        calls: list[Called] = []
        asked, error = Asked({}), ""
        try:
            asked = asker.ask(name, capability, symbols, "", calls.append)
        except ProviderError as failure:
            error = in_one_line(failure)
        return Reply(name, asked.found, calls, error, wall_clock())

    return ask


def as_json(capability: str, symbols: Sequence[str], verdicts: Sequence[Verdict]) -> bytes:
    """The comparison for programs; money as text, in USD."""
    shown = [asdict(one) | {"cost": money(one.cost_micros)} for one in verdicts]
    for one in shown:
        del one["cost_micros"]
    told = {"capability": capability, "symbols": symbols, "currency": "USD", "providers": shown}
    return orjson.dumps(told, option=orjson.OPT_INDENT_2)


def as_table(capability: str, verdicts: Sequence[Verdict]) -> Table:
    """The comparison for people."""
    table = Table(title=f"{capability} of {len(verdicts)} providers", title_justify="left")
    for name in COLUMNS:
        table.add_column(name, justify="right" if name in COLUMNS[2:7] else "left")
    table.add_column("cost", justify="right")
    table.add_column("error", overflow="fold")
    for verdict in verdicts:
        for place, quality in enumerate(verdict.symbols):
            table.add_row(*_cells(verdict, quality, first=place == 0))
        table.add_section()
    return table


def _cells(verdict: Verdict, quality: Quality, *, first: bool) -> list[str]:
    latency, age, bps = verdict.latency_us, quality.age_us, quality.median_bps
    return [
        verdict.provider if first else "",
        quality.symbol,
        f"{latency / 1000:,.0f} ms" if first and latency is not None else "",
        "" if age is None else _age(age),
        "" if quality.price is None else f"{quality.price:,.10g}",
        "" if bps is None else f"{bps:+.1f} bps",
        str(quality.observations),
        ", ".join(quality.missing),
        dollars(verdict.cost_micros) if first else "",
        quality.error,
    ]


def _age(micros: int) -> str:
    for size, unit in ((86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "min")):
        if micros >= 2 * size:
            return f"{micros / size:.0f} {unit}"
    return f"{micros / 1e6:.1f} s"


def _check(names: Sequence[str]) -> None:
    for name in names:
        if name not in PROVIDERS:
            raise ConfigError(f"no provider {name!r}; there are {', '.join(PROVIDERS)}")
