import copy
import pickle
from collections.abc import Callable

import pytest

from config.secrets import EnvSecret
from config.settings import Settings

Refuse = Callable[..., str]
Load = Callable[..., Settings]


def test_a_secret_shows_its_variable_and_never_itself() -> None:
    secret = EnvSecret("MY_KEY", "hunter2")
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret!s:>20}"):
        assert "hunter2" not in shown
    assert (secret.variable, secret.get_secret_value()) == ("MY_KEY", "hunter2")


def test_a_copy_of_a_secret_is_the_secret() -> None:
    secret = EnvSecret("MY_KEY", "hunter2")
    for other in (copy.deepcopy(secret), pickle.loads(pickle.dumps(secret))):
        assert (other, other.variable) == (secret, "MY_KEY")


def test_a_secret_that_is_not_set_is_empty() -> None:
    assert not EnvSecret("MY_KEY", "").is_set
    assert EnvSecret("MY_KEY", "x").is_set


@pytest.mark.parametrize("given", ["NEWSAPI_KEY", "K", "A1", "TOKEN2", "_"])
def test_names_of_variables_are_told_from_keys(load: Load, refuse: Refuse, given: str) -> None:
    text = f"providers: {{keys: {{newsapi: {given}}}}}"
    if given == "_":
        assert "must be the name of an environment variable" in refuse(text)
    else:
        key = load(text, {given: "hunter2"}).providers.keys["newsapi"]
        assert (key.variable, key.get_secret_value()) == (given, "hunter2")


@pytest.mark.parametrize(
    "pasted",
    ["PK2S3D4F5G6H7J8K9L0M", "d5f0a1b2c3d4e5f6", "hunter2", "5", "[a]", "{a: b}", "", "null"],
)
def test_a_key_that_was_pasted_is_refused_and_not_shown(refuse: Refuse, pasted: str) -> None:
    line = refuse(f"providers: {{keys: {{finnhub: {pasted}}}}}")
    assert line == (
        "config/demo.yaml: providers.keys.finnhub: must be the name of an environment variable "
        'such as "FINNHUB_KEY"; the secret itself does not belong in a file'
    )


@pytest.mark.parametrize("key", ["key", "secret", "keys"])
def test_a_key_under_the_wrong_name_is_not_shown(refuse: Refuse, key: str) -> None:
    feed = f"websocket: {{venue: finnhub, symbols: [A], {key}: hunter2}}"
    line = refuse(f"data_sources: [{{type: trades, {feed}}}]")
    assert line.startswith(f"config/demo.yaml: data_sources[0].websocket.{key}: unknown key, ")
    assert "hunter2" not in line


@pytest.mark.parametrize(
    "url",
    ["wss://me:hunter2@a.b/c", "wss://a.b/?token=hunter2", "wss://a.b?apiKey=hunter2", "hunter2"],
)
def test_a_key_within_an_address_is_refused_and_not_shown(refuse: Refuse, url: str) -> None:
    feed = f"websocket: {{venue: binance, symbols: [A], url: '{url}'}}"
    line = refuse(f"data_sources: [{{type: trades, {feed}}}]")
    assert line.startswith("config/demo.yaml: data_sources[0].websocket.url: must be a URL such as")
    assert "hunter2" not in line
