from collections.abc import Callable

import pytest

from config.settings import Settings

Load = Callable[..., Settings]
Refuse = Callable[..., str]
LIVE = (
    "data_sources:\n"
    "  - {type: trades, path: data/trades.csv}\n"
    "  - {type: trades, kafka: {topic: t}}\n"
    "  - {type: trades, kafka: {topic: u, secrets: {sasl.password: KAFKA_PASSWORD}}}\n"
    "sinks: {postgres: {}, redis: {}}\n"
)
SERVERS = {
    "KAFKA_BOOTSTRAP_SERVERS": "one:9092,two:9093",
    "DATABASE_URL": "postgresql://me:hunter2@127.0.0.1:5432/db",
    "REDIS_URL": "rediss://:hunter2@127.0.0.1:6379/0",
    "KAFKA_PASSWORD": "hunter2",
}
STACK = "or start a local one with: yieldflow stack up"


def without(variable: str) -> dict[str, str]:
    return {name: value for name, value in SERVERS.items() if name != variable}


def test_addresses_come_from_the_environment_and_passwords_are_hidden(load: Load) -> None:
    settings = load(LIVE, SERVERS)
    links = settings.links
    assert links.kafka == "one:9092,two:9093"
    assert links.database is not None
    assert links.redis is not None
    assert links.database.get_secret_value() == SERVERS["DATABASE_URL"]
    assert links.redis.get_secret_value() == SERVERS["REDIS_URL"]
    assert "hunter2" not in f"{settings!r} {settings} {links!r} {settings.model_dump()}"
    assert settings.notices == ()


def test_a_profile_of_files_needs_no_server(load: Load) -> None:
    links = load().links
    assert (links.kafka, links.database, links.redis) == (None, None, None)


def test_a_server_that_is_not_needed_may_have_any_address(load: Load) -> None:
    assert load("", {"DATABASE_URL": "mysql://me@there/db"}).notices == ()


@pytest.mark.parametrize("variable", SERVERS)
@pytest.mark.parametrize("empty", [True, False])
def test_a_variable_that_is_not_set_is_named_with_its_key_and_the_fix(
    refuse: Refuse, variable: str, empty: bool
) -> None:
    lines = {
        "KAFKA_BOOTSTRAP_SERVERS": "data_sources[1].kafka: needs KAFKA_BOOTSTRAP_SERVERS, "
        f"e.g. export KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:9092; {STACK}",
        "DATABASE_URL": "sinks.postgres: needs DATABASE_URL, "
        f"e.g. export DATABASE_URL=postgresql://user@127.0.0.1:5432/yieldflow; {STACK}",
        "REDIS_URL": "sinks.redis: needs REDIS_URL, "
        f"e.g. export REDIS_URL=redis://127.0.0.1:6379/0; {STACK}",
        "KAFKA_PASSWORD": "data_sources[2].kafka.secrets.sasl.password: needs KAFKA_PASSWORD, "
        "e.g. export KAFKA_PASSWORD=...",
    }
    env = {**SERVERS, variable: ""} if empty else without(variable)
    assert refuse(LIVE, env) == f"config/demo.yaml: {lines[variable]}"


def test_where_nothing_is_run_each_variable_is_noted_once(load: Load) -> None:
    notices = load(LIVE, {}, unset="noted").notices
    assert notices[0] == (
        "config/demo.yaml: data_sources[1].kafka: KAFKA_BOOTSTRAP_SERVERS is not set; "
        f"a run needs it, e.g. export KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:9092; {STACK}"
    )
    assert [notice.split(": ")[2].split()[0] for notice in notices] == [
        *("KAFKA_BOOTSTRAP_SERVERS", "KAFKA_PASSWORD", "DATABASE_URL", "REDIS_URL")
    ]


@pytest.mark.parametrize(
    ("variable", "text", "example"),
    [
        ("KAFKA_BOOTSTRAP_SERVERS", "hunter2", "127.0.0.1:9092"),
        ("KAFKA_BOOTSTRAP_SERVERS", "a:1,hunter2", "127.0.0.1:9092"),
        ("KAFKA_BOOTSTRAP_SERVERS", "me:hunter2@a:1", "127.0.0.1:9092"),
        ("DATABASE_URL", "mysql://me:hunter2@a/b", "postgresql://user@127.0.0.1:5432/yieldflow"),
        ("DATABASE_URL", "hunter2", "postgresql://user@127.0.0.1:5432/yieldflow"),
        ("REDIS_URL", "hunter2:6379", "redis://127.0.0.1:6379/0"),
    ],
)
@pytest.mark.parametrize("unset", ["refused", "noted"])
def test_what_is_no_address_is_refused_and_not_shown(
    refuse: Refuse, variable: str, text: str, example: str, unset: str
) -> None:
    line = refuse(LIVE, {**SERVERS, variable: text}, unset=unset)
    assert line == f"{variable}: must be an address such as {example}"


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("KAFKA_BOOTSTRAP_SERVERS", "[::1]:9092"),
        ("DATABASE_URL", "postgresql://postgres:@/postgres?host=/tmp/pg"),
        ("DATABASE_URL", "postgres://me@there/db"),
        ("REDIS_URL", "unix:///tmp/redis.sock"),
    ],
)
def test_other_forms_of_an_address_are_known(load: Load, variable: str, text: str) -> None:
    load(LIVE, {**SERVERS, variable: text})


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "data_sources: [{type: trades, kafka: {topic: t, bootstrap_servers: hunter2}}]",
            "data_sources[0].kafka.bootstrap_servers: unknown key, "
            "the brokers come from KAFKA_BOOTSTRAP_SERVERS",
        ),
        (
            "data_sources: [{type: trades, redis: {stream: s, url: hunter2}}]",
            "data_sources[0].redis.url: unknown key, the address comes from REDIS_URL",
        ),
        (
            "sinks: {postgres: {dsn: hunter2}}",
            "sinks.postgres.dsn: unknown key, the address comes from DATABASE_URL",
        ),
        (
            "data_sources: [{type: trades, kafka: {topic: t, secrets: hunter2}}]",
            "data_sources[0].kafka.secrets: must be a mapping of keys",
        ),
        ("providers: {keys: hunter2}", "providers.keys: must be a mapping of keys"),
    ],
)
def test_an_address_or_a_key_does_not_belong_in_a_profile(
    refuse: Refuse, text: str, line: str
) -> None:
    assert refuse(text, SERVERS) == f"config/demo.yaml: {line}"


def test_links_cannot_stand_in_a_profile(refuse: Refuse) -> None:
    assert refuse("links: {kafka: 'a:1'}").startswith("config/demo.yaml: links: unknown key, ")
