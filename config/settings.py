"""All settings, from one profile: the only reader of YAML and of the environment.

A profile is a YAML file. Input files in it start from the project root: the parent of ``config/``
when the profile lies in a folder of that name or one below, else the profile's own folder. What the
system writes lies under ``home``. The price list and the advice policy come from the package unless
the profile names others. The environment goes before the profile, the command line before both.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from config.accounts import AccountSettings, take_keys
from config.calendar_file import CalendarFile
from config.columns import split_column
from config.documents import is_there, packaged, project_root, read_document, shown
from config.durations import format_duration, parse_duration
from config.engine import EngineSettings
from config.errors import ConfigError, first_problem
from config.feed_files import find_files
from config.layers import lay_over
from config.links import Links, Unset, check_environment, read_links
from config.market import MarketSettings
from config.meters import Meter, MeterSettings
from config.policy import AdvicePolicy
from config.profile import AdviceSettings, ServerSettings, Settings
from config.sinks import JsonlSink, SinkSettings
from config.sources import DataSource, Fallback

__all__ = [
    "AccountSettings",
    "AdvicePolicy",
    "AdviceSettings",
    "ConfigError",
    "DataSource",
    "EngineSettings",
    "Fallback",
    "JsonlSink",
    "Links",
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
NOTHING: Mapping[str, Any] = MappingProxyType({})
Model = TypeVar("Model", bound=BaseModel)


def load_settings(
    path: Path | None,
    env: Mapping[str, str],
    overrides: Mapping[str, object] = NOTHING,
    *,
    unset: Unset = "refused",
) -> Settings:
    """Read a profile, check it, and check that every file it names is there. Nothing is connected.

    Args:
        path: the profile; None: the packaged ``demo.yaml``.
        env: the environment; an empty variable counts as unset.
        overrides: dotted key -> value, from the command line.
        unset: variables of servers and secrets that are needed and not set are ``refused``, or
            ``noted`` where nothing is run.

    Raises:
        ConfigError: one line naming the key and the fix.
    """
    profile = path or packaged("demo.yaml")
    label, root = shown(profile), project_root(profile)
    document = read_document(profile)
    settings = build_settings(
        document, root=root, label=label, env=env, overrides=overrides, unset=unset
    )
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
    unset: Unset = "refused",
) -> Settings:
    """Settings from a profile that is already at hand, e.g. made from command line flags.

    Args:
        document: what the YAML file would hold.
        root: the folder that relative input paths start from.
        label: what errors call the document.
        env: the environment; an empty variable counts as unset.
        overrides: dotted key -> value, from the command line.
        unset: variables of servers and secrets that are needed and not set are ``refused``, or
            ``noted`` where nothing is run.

    Raises:
        ConfigError: one line naming the key and the fix.
    """
    whole = dict(document)
    origins = lay_over(whole, env, overrides)
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
    given = _validated(Settings, whole, label, origins, env)
    home = Path.cwd() if "home" in origins or "home" not in whole else root
    ready = _on_this_machine(given, root=root, home=home / given.home, label=label, env=env)
    ready._links = read_links(env)
    named = {key: getattr(ready, key) for key in ("data_sources", "sinks", "providers")}
    missing = check_environment(named, ready.links, label=label, unset=unset)
    ready._notices = (*ready.notices, *missing)
    return ready


def load_policy(path: Path | None = None) -> AdvicePolicy:
    """The advice policy of a file; None: the packaged one.

    Raises:
        ConfigError: one line naming the key and the fix.
    """
    file = path or packaged("advice_policy.yaml")
    return _validated(AdvicePolicy, read_document(file), shown(file))


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
    return _validated(model, read_document(file), shown(file))


def _validated(
    model: type[Model],
    document: Mapping[str, Any],
    label: str,
    origins: Mapping[str, str] = NOTHING,
    env: Mapping[str, str] = NOTHING,
) -> Model:
    try:
        return model.model_validate(document, context={"env": env})
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
        jsonl = JsonlSink(dir=home / settings.sinks.jsonl.dir)
        update["sinks"] = settings.sinks.model_copy(update={"jsonl": jsonl})
    ready = settings.model_copy(update=update)
    ready._notices = (*missing_files, *missing_keys)
    return ready
