"""All settings, from one profile: the only reader of YAML and of the environment.

A profile is a YAML file. Input files in it start from the project root: the parent of ``config/``
when the profile lies in a folder of that name, else the profile's own folder. What the system
writes lies under ``home``. The price list and the advice policy come from the package unless the
profile names others. The environment goes before the profile, the command line before both.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from config.accounts import AccountSettings, take_keys
from config.calendar_file import CalendarFile
from config.documents import is_there, packaged, project_root, read_document, shown
from config.durations import format_duration, parse_duration
from config.engine import EngineSettings
from config.errors import ConfigError, first_problem
from config.feed_files import find_files
from config.market import MarketSettings
from config.meters import Meter, MeterSettings
from config.policy import AdvicePolicy
from config.profile import AdviceSettings, JsonlSink, ServerSettings, Settings, SinkSettings
from config.sources import DataSource, Fallback, split_column

__all__ = [
    "AccountSettings",
    "AdvicePolicy",
    "AdviceSettings",
    "ConfigError",
    "DataSource",
    "EngineSettings",
    "Fallback",
    "JsonlSink",
    "MarketSettings",
    "Meter",
    "MeterSettings",
    "ServerSettings",
    "Settings",
    "SinkSettings",
    "build_settings",
    "format_duration",
    "load_policy",
    "load_settings",
    "packaged",
    "parse_duration",
    "split_column",
]

MARKET_FEEDS = ("trades", "bars", "snapshots")
PORT = "server.port"
ENVIRONMENT = {PORT: "YIELDFLOW_PORT", "home": "YIELDFLOW_HOME"}
NOTHING: Mapping[str, object] = {}
Model = TypeVar("Model", bound=BaseModel)


def load_settings(
    path: Path | None, env: Mapping[str, str], overrides: Mapping[str, object] = NOTHING
) -> Settings:
    """Read a profile, check it, and check that every file it names is there. Nothing is connected.

    Args:
        path: the profile; None: the packaged ``demo.yaml``.
        env: the environment; an empty variable counts as unset.
        overrides: dotted key -> value, from the command line.

    Raises:
        ConfigError: one line naming the key and the fix.
    """
    profile = path or packaged("demo.yaml")
    label, root = shown(profile), project_root(profile)
    document = read_document(profile)
    settings = build_settings(document, root=root, label=label, env=env, overrides=overrides)
    if not any(one.type in MARKET_FEEDS and not one.check for one in settings.data_sources):
        raise ConfigError(
            f"{label}: data_sources: must list a feed of type {', '.join(MARKET_FEEDS[:-1])} "
            f"or {MARKET_FEEDS[-1]}"
        )
    return settings


def build_settings(
    document: Mapping[str, Any],
    *,
    root: Path,
    label: str,
    env: Mapping[str, str],
    overrides: Mapping[str, object] = NOTHING,
) -> Settings:
    """Settings from a profile that is already at hand, e.g. made from command line flags.

    Args:
        document: what the YAML file would hold.
        root: the folder that relative input paths start from.
        label: what errors call the document.
        env: the environment; an empty variable counts as unset.
        overrides: dotted key -> value, from the command line.

    Raises:
        ConfigError: one line naming the key and the fix.
    """
    whole = dict(document)
    origins = _lay_over(whole, env, overrides)
    whole["meters"] = _included(MeterSettings, whole.get("meters"), "meters", root, label)
    advice = whole.get("advice", {})
    if isinstance(advice, dict):
        policy = _included(AdvicePolicy, advice.get("policy"), "advice.policy", root, label)
        whole["advice"] = {**advice, "policy": policy}
    market = whole.get("market")
    if isinstance(market, dict) and market.get("calendar_file") is not None:
        given, key = market["calendar_file"], "market.calendar_file"
        whole["market"] = {
            **market,
            "calendar_file": _included(CalendarFile, given, key, root, label),
        }
    settings = _validated(Settings, whole, label, origins)
    home = Path.cwd() if "home" in origins or "home" not in whole else root
    return _on_this_machine(settings, root=root, home=home / settings.home, label=label, env=env)


def load_policy(path: Path | None = None) -> AdvicePolicy:
    """The advice policy of a file; None: the packaged one.

    Raises:
        ConfigError: one line naming the key and the fix.
    """
    file = path or packaged("advice_policy.yaml")
    return _validated(AdvicePolicy, read_document(file), shown(file), {})


def _lay_over(
    document: dict[str, Any], env: Mapping[str, str], overrides: Mapping[str, object]
) -> dict[str, str]:
    """Put what goes before the profile into it; returns key -> how an error calls its origin."""
    origins: dict[str, str] = {}
    for key, variable in ENVIRONMENT.items():
        text = env.get(variable, "")
        if text:
            number = key == PORT and re.fullmatch("-?[0-9]{1,9}", text)
            _put(document, key, int(text) if number else text)
            origins[key] = variable
    for key, value in overrides.items():
        _put(document, key, value)
        origins[key] = f"command line: {key}"
    return origins


def _put(document: dict[str, Any], key: str, value: object) -> None:
    head, _, rest = key.partition(".")
    if not rest:
        document[head] = value
        return
    section = document.get(head, {})
    if isinstance(section, dict):  # anything else is refused when the profile is checked
        document[head] = dict(section)
        _put(document[head], rest, value)


def _included(model: type[Model], given: object, key: str, root: Path, label: str) -> object:
    """A part of the profile that may stand in a file of its own: its path, a mapping, nothing."""
    if given is None:
        name = "meters.yaml" if model is MeterSettings else "advice_policy.yaml"
        file = packaged(name)
    elif isinstance(given, str) and given:
        file = root / given
    else:
        return given
    if not is_there(file):
        fix = "correct it or leave the key out to use the packaged file"
        raise ConfigError(f"{label}: {key}: no file at {shown(file)}; {fix}")
    return _validated(model, read_document(file), shown(file), {})


def _validated(
    model: type[Model], document: Mapping[str, Any], label: str, origins: Mapping[str, str]
) -> Model:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        problem = first_problem(error, model)
    if problem.key in origins:
        raise ConfigError(f"{origins[problem.key]}: {problem.text}")
    raise ConfigError(problem.under(label))


def _on_this_machine(
    settings: Settings, *, root: Path, home: Path, label: str, env: Mapping[str, str]
) -> Settings:
    """Files found, keys taken from the environment, paths absolute; notices say what is amiss."""
    sources, missing_files = find_files(settings.data_sources, root=root, label=label)
    accounts, missing_keys = take_keys(settings.accounts, label=label, env=env)
    update: dict[str, object] = {"home": home, "data_sources": sources, "accounts": accounts}
    if settings.sinks.jsonl is not None:
        update["sinks"] = SinkSettings(jsonl=JsonlSink(dir=home / settings.sinks.jsonl.dir))
    ready = settings.model_copy(update=update)
    ready._notices = (*missing_files, *missing_keys)
    return ready
