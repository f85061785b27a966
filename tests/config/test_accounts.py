from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.accounts import DIGITS, key_checksum, key_fault
from config.settings import Settings, load_settings

Load = Callable[..., Settings]
Refuse = Callable[..., str]


def key(public_id: str, secret: str = "s" * 43) -> str:
    body = f"yf_live_{public_id}_{secret}"
    return f"{body}_{key_checksum(body)}"


def account(line: str) -> str:
    more = "" if "portfolio" in line else ", portfolios: [p1]"
    return f"accounts: [{{account_id: a, name: A, {line}{more}}}]"


def test_the_checksum_is_crc32_in_six_digits_of_base_62() -> None:
    assert key_checksum("123456789") == "3jZRME"  # CRC-32 check value 0xCBF43926 = 3421780262
    assert sum(62**i * DIGITS.index(d) for i, d in enumerate(reversed("3jZRME"))) == 0xCBF43926


@given(st.integers(0, 66), st.sampled_from(DIGITS))
def test_a_key_with_one_wrong_character_is_refused(place: int, digit: str) -> None:
    good = key("demo0000")
    bad = good[:place] + digit + good[place + 1 :]
    assert (key_fault(bad) is None) == (bad == good)


def test_the_demo_key_is_well_formed() -> None:
    [demo] = load_settings(None, {}).accounts
    assert demo.key is not None
    assert key_fault(demo.key.get_secret_value()) is None
    assert "yf_live" not in repr(demo)


def test_a_key_comes_from_the_environment(load: Load) -> None:
    secret = key("abcd1234")
    settings = load(account("key_env: MY_KEY, portfolios: [p1]"), {"MY_KEY": secret})
    [holder] = settings.accounts
    assert holder.key is not None
    assert holder.key.get_secret_value() == secret
    assert (holder.portfolios, settings.notices) == (("p1",), ())


def test_an_account_runs_the_service_only_when_it_says_so(load: Load) -> None:
    env = {"MY_KEY": key("abcd1234")}
    assert not load(account("key_env: MY_KEY"), env).accounts[0].admin
    assert load(account("key_env: MY_KEY, admin: true"), env).accounts[0].admin


def test_nobody_runs_the_service_with_the_key_everybody_knows(refuse: Refuse) -> None:
    found = refuse(account(f"key: {key('demo0000')}, admin: true"))
    assert "accounts[0].admin" in found
    assert "everybody knows the demo key: use key_env" in found


def test_an_unset_key_is_a_notice(load: Load) -> None:
    settings = load(account("key_env: MY_KEY"))
    assert settings.accounts[0].key is None
    assert settings.notices == (
        "config/demo.yaml: accounts[0].key_env: MY_KEY is not set, nobody can sign in to a",
    )


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        (
            f"key: {key('abcd1234')}",
            "key: a secret does not belong in a file: name an environment variable with key_env",
        ),
        (
            f"key: {key('demo0000')[:-1]}x",
            "key: is not a key: its checksum does not match, a character is wrong or missing",
        ),
        ("key: hunter2", "key: is not a key of the form yf_live_<8 characters>_<43>_<6>"),
        ("key: 5", "key: must be text in quotes"),
        ("portfolios: [p1]", "key_env: give either key (the demo key) or key_env"),
        (
            f"key_env: {key('abcd1234')}",
            'key_env: must be the name of a variable such as "MY_KEY"',
        ),
        (
            "key_env: hunter2",
            'key_env: must be the name of a variable such as "MY_KEY"',
        ),
        (
            "key_env: MY_KEY, portfolios: mine",
            'portfolios: must be a list of portfolio ids such as [growth, income], was "mine"',
        ),
        ("key_env: MY_KEY, portfolio: [a]", "portfolio: unknown key, did you mean portfolios?"),
    ],
)
def test_a_refused_account_never_shows_its_key(refuse: Refuse, line: str, refusal: str) -> None:
    message = refuse(account(line))
    assert message == f"config/demo.yaml: accounts[0].{refusal}"
    assert "ssss" not in message


def test_a_bad_key_in_the_environment_is_named_but_not_shown(refuse: Refuse) -> None:
    message = refuse(account("key_env: MY_KEY"), {"MY_KEY": "hunter2"})
    assert message == "MY_KEY: is not a key of the form yf_live_<8 characters>_<43>_<6>"


def test_accounts_are_told_apart(refuse: Refuse) -> None:
    two = (
        "accounts:\n- {account_id: a, name: A, key_env: K1, portfolios: []}\n"
        "- {account_id: %s, name: B, key_env: K2, portfolios: []}"
    )
    assert refuse(two % "a") == (
        'config/demo.yaml: accounts[1].account_id: must be unique, was "a"'
    )
    same = key("abcd1234")
    assert refuse(two % "b", {"K1": same, "K2": same}) == (
        "config/demo.yaml: accounts[1]: has the key of another account"
    )
