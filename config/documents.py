"""Configuration files as plain values: a strict, small part of YAML.

Only ``true``, ``false``, ``null``, decimal numbers, text, lists and mappings are known. What YAML
1.1 guesses beyond that is left as text (``12:30`` is not 750, ``no`` is not false, ``2026-01-01``
is no date), so that a wrong type is reported and not swallowed. A key may stand only once in a
mapping.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from config.errors import ConfigError

HERE = Path(__file__).resolve().parent
SCALARS = (
    ("tag:yaml.org,2002:bool", r"true|false", "tf"),
    ("tag:yaml.org,2002:null", r"null|~|", ["n", "~", ""]),
    ("tag:yaml.org,2002:int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    (
        "tag:yaml.org,2002:float",
        r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?",
        "-+0123456789",
    ),
)


class _StrictLoader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


def _mapping(loader: _StrictLoader, node: yaml.MappingNode) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            problem = "a key must be text"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=key_node.start_mark)
        key = key_node.value  # as written: a portfolio called 42 is text, not a number
        if key in values:
            problem = f"key {key} is given twice"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=key_node.start_mark)
        values[key] = loader.construct_object(value_node, deep=True)
    return values


def _float(loader: _StrictLoader, node: yaml.ScalarNode) -> float:
    return float(node.value)


for tag, pattern, starts in SCALARS:
    _StrictLoader.add_implicit_resolver(tag, re.compile(rf"^(?:{pattern})$"), list(starts))
_StrictLoader.add_constructor("tag:yaml.org,2002:map", _mapping)
_StrictLoader.add_constructor("tag:yaml.org,2002:float", _float)


def packaged(name: str) -> Path:
    """A file that ships with this package (``demo.yaml`` ...), wherever that is installed."""
    return HERE / name


def project_root(profile: Path) -> Path:
    """The folder that paths in a profile start from.

    It is the parent of ``config/`` for a profile that lies in a folder of that name or in a folder
    of it, else the folder of the profile itself: the working directory has no say.
    """
    folder = profile.absolute().parent
    owners = (one.parent for one in (folder, folder.parent) if one.name == "config")
    return next(owners, folder)


def shown(path: Path) -> str:
    """A path as it is printed: relative to the working directory when it lies below it."""
    place, here = path.absolute(), Path.cwd()
    return str(place.relative_to(here) if place.is_relative_to(here) else place)


def is_there(path: Path) -> bool:
    """Whether there is a file; one that cannot be looked for (name too long, no right) is not."""
    try:
        return path.is_file()
    except OSError:
        return False


def read_document(path: Path) -> dict[str, Any]:
    """The mapping a YAML file holds; an empty file is an empty mapping.

    Raises:
        ConfigError: no such file, not UTF-8, not YAML (with line and column), a key given twice.
    """
    label = shown(path)
    text = _read_text(path, label)
    try:
        document = yaml.load(text, _StrictLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ConfigError(f"{label}: {place}{_on_one_line(error.problem)}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{label}: is not YAML: {_on_one_line(str(error))}") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        kind = "a list" if isinstance(document, list) else "text"
        raise ConfigError(f'{label}: must hold keys such as "engine:", was {kind}')
    return document


def _read_text(path: Path, label: str) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"{label}: no such file; give the path of a YAML profile") from None
    except OSError as error:
        raise ConfigError(f"{label}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{label}: is not UTF-8 text (byte {error.start + 1})") from None


def _on_one_line(text: str | None) -> str:
    return " ".join((text or "is not YAML").split())
