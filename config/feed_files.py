"""Which file each feed is read from: looked for before anything starts.

Of live feeds, history alone may have one.
"""

from collections.abc import Sequence
from pathlib import Path

from config.documents import is_there, shown
from config.errors import ConfigError
from config.sources import DataSource, Fallback


def find_files(
    sources: Sequence[DataSource], *, root: Path, label: str
) -> tuple[tuple[DataSource, ...], tuple[str, ...]]:
    """The sources with the files that are read, and a notice for each fallback among them.

    Args:
        sources: as the profile has them.
        root: the folder that relative paths start from.
        label: the profile, as it is printed.

    Raises:
        ConfigError: neither a file nor its fallback is there, or one file is listed twice.
    """
    ready: list[DataSource] = []
    notices: list[str] = []
    for place, source in enumerate(sources):
        key = f"data_sources[{place}]"
        if source.live is not None:
            ready.append(_with_history(source, root=root, where=f"{label}: {key}"))
            continue
        found, notice = _found(source, root=root, where=f"{label}: {key}")
        if any(_same_table(found, other) for other in ready):
            raise ConfigError(f"{label}: {key}: its file is read as {found.type} already, drop one")
        ready.append(found)
        notices += [notice] if notice else []
    return tuple(ready), tuple(notices)


def _with_history(source: DataSource, *, root: Path, where: str) -> DataSource:
    backfill = source.backfill
    if backfill is None or backfill.path is None:
        return source
    file = root / backfill.path
    if not is_there(file):
        text = f"no file at {shown(file)}; correct the path or name a provider"
        raise ConfigError(f"{where}.backfill.path: {text}")
    return source.model_copy(update={"backfill": backfill.model_copy(update={"path": file})})


def _same_table(one: DataSource, other: DataSource) -> bool:
    if one.type != other.type or one.path is None or other.path is None:
        return False
    return one.path.resolve() == other.path.resolve()


def _found(source: DataSource, *, root: Path, where: str) -> tuple[DataSource, str]:
    """The source with the path that is read, and a notice, empty when it is the one asked for."""
    name = "csv_path" if source.csv_path else "path"
    wanted = source.path or source.csv_path
    if wanted and is_there(root / wanted):
        return source.model_copy(update={"path": root / wanted, "csv_path": None}), ""
    missing = f"no file at {shown(root / wanted)}" if wanted else "not given"
    reserve = source.fallback
    if reserve is None:
        fix = 'correct the path or add "fallback: {csv_path: FILE}"'
        raise ConfigError(f"{where}.{name}: {missing}; {fix}")
    file = root / reserve.csv_path
    if not is_there(file):
        text = f"no file at {shown(file)} either ({name}: {missing}); correct one of them"
        raise ConfigError(f"{where}.fallback.csv_path: {text}")
    return _from_reserve(source, reserve, file), f"{where}.{name}: {missing}, reading {shown(file)}"


def _from_reserve(source: DataSource, reserve: Fallback, file: Path) -> DataSource:
    kind = reserve.type or source.type
    names = source.map if kind == source.type else {}
    if reserve.map is not None:
        names = reserve.map
    return source.model_copy(
        update={"path": file, "csv_path": None, "type": kind, "map": names, "fallback": reserve}
    )
