"""The servers of a run. Their addresses come from the environment and may hold passwords."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, SecretStr

from config.errors import ConfigError, key_path
from config.secrets import EnvSecret
from config.values import Frozen

Unset = Literal["refused", "noted"]
Place = tuple[int | str, ...]
ADDRESS_OF_POSTGRES = dict.fromkeys(("url", "dsn", "host"), "the address comes from DATABASE_URL")
ADDRESS_OF_REDIS = dict.fromkeys(("url", "host"), "the address comes from REDIS_URL")
LOCAL = "or start a local one with: yieldflow stack up"


class Server(NamedTuple):
    """How the address of a kind of server is given."""

    variable: str
    form: re.Pattern[str]
    example: str


SERVERS: Mapping[str, Server] = {
    "kafka": Server(
        "KAFKA_BOOTSTRAP_SERVERS",
        re.compile(r"[^\s,/@]+:[0-9]{1,5}(?:,[^\s,/@]+:[0-9]{1,5})*"),
        "127.0.0.1:9092",
    ),
    "database": Server(
        "DATABASE_URL",
        re.compile(r"postgres(?:ql)?://\S+"),
        "postgresql://user@127.0.0.1:5432/yieldflow",
    ),
    "redis": Server("REDIS_URL", re.compile(r"(?:rediss?|unix)://\S+"), "redis://127.0.0.1:6379/0"),
}


class Links(Frozen):
    """Addresses of the servers; None: not given.

    Attributes:
        kafka: ``host:port``, several with commas, from KAFKA_BOOTSTRAP_SERVERS.
        database: a ``postgresql://`` URL from DATABASE_URL.
        redis: a ``redis://`` URL from REDIS_URL.
    """

    kafka: str | None = None
    database: SecretStr | None = None
    redis: SecretStr | None = None


def read_links(env: Mapping[str, str]) -> Links:
    """The addresses that the environment has; an empty variable counts as unset."""
    given = {name: env.get(server.variable) or None for name, server in SERVERS.items()}
    secret = {name: SecretStr(given[name] or "") for name in ("database", "redis") if given[name]}
    return Links(kafka=given["kafka"], **secret)


def check_environment(
    sections: Mapping[str, object], links: Links, *, label: str, unset: Unset
) -> tuple[str, ...]:
    """Hold what the profile needs against what the environment has.

    Args:
        sections: of the profile that name servers and secrets.
        links: what is there.
        label: the profile, as it is printed.
        unset: what becomes of a variable that is needed and not set.

    Returns:
        A notice for each variable that is not set, when that is noted.

    Raises:
        ConfigError: a variable is not set, or what it holds is no address. No value is shown.
    """
    notices: dict[str, str] = {}
    for place, part in _parts(sections):
        variable, fix = _lack(part, links)
        if not variable:
            continue
        where = f"{label}: {key_path(*place)}"
        if unset == "refused":
            raise ConfigError(f"{where}: needs {variable}, {fix}")
        notices.setdefault(variable, f"{where}: {variable} is not set; a run needs it, {fix}")
    return tuple(notices.values())


def _lack(part: object, links: Links) -> tuple[str, str]:
    """The variable that a part needs and that is not set, and how to set it; or nothing."""
    if isinstance(part, EnvSecret) and not part.is_set:
        return part.variable, f"e.g. export {part.variable}=..."
    name = getattr(part, "link", None) if isinstance(part, BaseModel) else None
    if name is None:
        return "", ""
    server, given = SERVERS[name], getattr(links, name)
    if given is None:
        return server.variable, f"e.g. export {server.variable}={server.example}; {LOCAL}"
    text = given.get_secret_value() if isinstance(given, SecretStr) else given
    if not server.form.fullmatch(text):
        raise ConfigError(f"{server.variable}: must be an address such as {server.example}")
    return "", ""


def _parts(node: Any, place: Place = ()) -> Iterator[tuple[Place, object]]:
    """All that stands in a section, each with its place."""
    yield place, node
    inner: Any = ()
    if isinstance(node, BaseModel):
        fields = type(node).model_fields.items()
        inner = [(field.alias or name, getattr(node, name)) for name, field in fields]
    elif isinstance(node, Mapping):
        inner = node.items()
    elif isinstance(node, tuple):
        inner = enumerate(node)
    for key, value in inner:
        yield from _parts(value, (*place, key))
