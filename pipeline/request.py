"""Command line flags of ``yieldflow replay`` -> a checked request."""

import argparse
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from config.documents import project_root, read_document
from config.settings import Settings, build_settings
from connectors.sources.columns import FIELDS, Kind, Mapped, check_mapping_used, parse_mapping
from connectors.sources.source import FileSource
from pipeline.inputs import MARKET_KINDS, Inputs, gather
from pipeline.series_options import check_settings

OF_A_LIVE_RUN = (
    "data_sources",
    "accounts",
    "sinks",
    "providers",
)  # sections of a profile that a replay has flags for
NAMES = {kind: {field.name for field in fields} for kind, fields in FIELDS.items()}
CHECKS: dict[str, Kind] = {"check_bars": "bars", "check_trades": "trades"}  # second sources
FLAGS: dict[str, Kind] = {**dict(zip(NAMES, NAMES, strict=True)), **CHECKS}
SIZES = {"": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30}
Columns = dict[str, Mapped]


class RequestError(Exception):
    """Flags that do not go together: one line that says how to mend them."""


@dataclass(frozen=True)
class Request:
    """What to replay.

    Attributes:
        settings: profile and flags together.
        inputs: what the files give.
        out: folder of the result.
    """

    settings: Settings
    inputs: Inputs
    out: Path


def request_of(options: argparse.Namespace) -> Request:
    """Check the flags and look into the files.

    Raises:
        RequestError: no market file, a flag that cannot be read, a folder that cannot be made.
        ConfigError: a setting is out of its limits.
        SourceError: a file is not there, cannot be read, or lacks a column.
    """
    settings = _settings(options)
    check_settings(settings)
    mappings = _mappings(options)
    files = []
    for flag in FLAGS:
        if getattr(options, flag) is not None:
            files.append(_file(options, settings, flag, mappings))
            check_mapping_used(mappings[flag].items(), [files[-1].used])
    if not any(source.kind in MARKET_KINDS and not source.check for source in files):
        raise RequestError("replay needs --trades, --bars or --snapshots FILE")
    inputs = gather(files)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RequestError(f"--out: cannot make {options.out}: {error.strerror}") from None
    return Request(settings, inputs, options.out)


def _file(
    options: argparse.Namespace, settings: Settings, flag: str, mappings: Mapping[str, Columns]
) -> FileSource:
    """The file of one flag; a second source is mapped like the first, and by its own entries."""
    path, kind = getattr(options, flag), FLAGS[flag]
    return FileSource.inspect(
        path,
        kind,
        mapping=mappings[kind] | mappings[flag],
        interval=settings.engine.base_interval if kind in ("bars", "snapshots") else None,
        as_of=_as_of(options.as_of, Path(path)) if kind == "snapshots" else None,
        volatility_unit=options.volatility_unit,
        timezone=settings.market.timezone,
        check=flag in CHECKS,
    )


def _settings(options: argparse.Namespace) -> Settings:
    document: Mapping[str, object] = {}
    root, label = Path.cwd(), "command line"
    if options.config is not None:
        document, root, label = (
            read_document(options.config),
            project_root(options.config),
            str(options.config),
        )
    kept = {key: value for key, value in document.items() if key not in OF_A_LIVE_RUN}
    engine = kept.get("engine")
    if isinstance(engine, dict):  # anything else is refused when the settings are checked
        kept["engine"] = {key: value for key, value in engine.items() if "interval" not in key}
    intervals = [name.strip() for name in options.interval.split(",")]
    overrides: dict[str, object] = {
        "engine.base_interval": intervals[0],
        "engine.intervals": intervals,
        "engine.speed": options.speed,
        "advice.interval": intervals[0],
    }
    if options.market:
        overrides["market"] = {"name": options.market}
    if options.benchmark:
        overrides["risk.benchmark"] = options.benchmark
    if options.indicators:
        overrides["engine.indicators"] = options.indicators.split(",")
    if options.late:
        overrides["engine.late_allowance"] = options.late
    if options.chunk:
        overrides["engine.chunk_bytes"] = _size(options.chunk)
    return build_settings(kept, root=root, label=label, env=os.environ, overrides=overrides)


def _size(text: str) -> int:
    found = re.fullmatch(r"(\d+)\s*([kmg]?b?)", text.lower())
    unit = (found[2].removesuffix("b") + "b" if found[2] not in ("", "b") else "") if found else ""
    if not found:
        raise RequestError(f"--chunk must be a size such as 1MB, was {text}")
    return int(found[1]) * SIZES[unit]


def _mappings(options: argparse.Namespace) -> dict[str, Columns]:
    """Column maps per file: ``holdings.symbol=X`` for one, ``symbol=X`` for the market files."""
    mappings: dict[str, Columns] = {flag: {} for flag in FLAGS}
    for text in options.map:
        field, mapped = parse_mapping(text.partition(".")[2] if _names_a_file(text) else text)
        if _names_a_file(text):
            kinds = [text.partition(".")[0]]
        else:
            given = [kind for kind in NAMES if getattr(options, kind)]
            kinds = [kind for kind in given if kind in MARKET_KINDS and field in NAMES[kind]]
            kinds = kinds or [kind for kind in given if field in NAMES[kind]]
        if not kinds or field not in NAMES[FLAGS[kinds[0]]]:
            known = sorted(set().union(*NAMES.values()))
            raise RequestError(
                f"--map {text}: no field `{field}` in the files given (fields: {', '.join(known)})"
            )
        for kind in kinds:
            mappings[kind][field] = mapped
    return mappings


def _names_a_file(text: str) -> bool:
    return text.partition("=")[0].partition(".")[0] in FLAGS and "." in text.partition("=")[0]


def _as_of(text: str | None, path: Path) -> int:
    """Microseconds of --as-of; without it the time the file was last changed, to the second."""
    if text is None:
        return int(path.stat().st_mtime) * 1_000_000 if path.exists() else 0
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RequestError(
            f"--as-of must be a time such as 2026-11-20T10:00:00+05:30, was {text}"
        ) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1_000_000)
