"""Who may call, and the form of an API key.

A key is ``yf_live_<public id>_<secret>_<checksum>``: 8, 43 and 6 characters of base 62 (0-9A-Za-z).
The secret holds 256 bits; the checksum is the CRC-32 of all that stands before its underscore, so
that a mistyped key is refused without a look-up and a leaked one is found by scanners.
"""

import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, SecretStr, model_validator

from config.errors import ConfigError, unfit
from config.values import Frozen, Identifier, matching

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
KEY = re.compile(r"(yf_live_([0-9A-Za-z]{8})_[0-9A-Za-z]{43})_([0-9A-Za-z]{6})")
Variable = Annotated[str, matching(r"[A-Z][A-Z0-9_]*", 'the name of a variable such as "MY_KEY"')]
PUBLIC = "demo"  # a public id that starts so marks a key everybody may know


def key_checksum(body: str) -> str:
    """The last part of a key: CRC-32 of ``yf_live_<public id>_<secret>`` as 6 digits of base 62."""
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = DIGITS[digit] + digits
    return digits


def key_fault(key: str) -> str | None:
    """What is wrong with the form of a key, None when nothing is. Never holds the key itself."""
    match = KEY.fullmatch(key)
    if match is None:
        return "is not a key of the form yf_live_<8 characters>_<43>_<6>"
    if key_checksum(match[1]) != match[3]:
        return "is not a key: its checksum does not match, a character is wrong or missing"
    return None


def _literal_key(value: object) -> object:
    if value is None or isinstance(value, SecretStr):
        return value
    if not isinstance(value, str):
        raise unfit("must be text in quotes", was="")
    fault = key_fault(value)
    if fault:
        raise unfit(fault, was="")
    if not value.startswith(f"yf_live_{PUBLIC}"):
        text = "a secret does not belong in a file: name an environment variable with key_env"
        raise unfit(text, was="")
    return SecretStr(value)


def _portfolios(value: object) -> object:
    if isinstance(value, list | tuple) and all(isinstance(one, str) and one for one in value):
        return tuple(value)
    raise unfit("must be a list of portfolio ids such as [growth, income]")


class AccountSettings(Frozen):
    """One account.

    Attributes:
        account_id: what usage is billed to.
        name: for people.
        key: the published demo key. Every other key comes from the environment.
        key_env: the environment variable that holds the key; while it is unset nobody can sign in
            to this account.
        portfolios: the ids that it may see.
        plan: of the account; without one it has nothing that is priced per plan.
        admin: it runs the service: it may see /v1/admin. Not with the demo key.
    """

    account_id: Identifier
    name: str
    key: Annotated[SecretStr | None, BeforeValidator(_literal_key)] = None
    key_env: Variable | None = None
    portfolios: Annotated[tuple[str, ...], BeforeValidator(_portfolios)]
    plan: Literal["free", "basic", "pro", "enterprise"] | None = None
    admin: bool = False

    @model_validator(mode="after")
    def _check_one_key(self) -> Self:
        if (self.key is None) == (self.key_env is None):
            raise unfit("give either key (the demo key) or key_env", key="key_env", was="")
        if self.admin and self.key is not None:
            raise unfit("everybody knows the demo key: use key_env", key="admin", was="")
        return self


def take_keys(
    accounts: Sequence[AccountSettings], *, label: str, env: Mapping[str, str]
) -> tuple[tuple[AccountSettings, ...], tuple[str, ...]]:
    """The accounts with their keys from the environment, and a notice for each that has none.

    Args:
        accounts: as the profile has them.
        label: the profile, as it is printed.
        env: the environment; an empty variable counts as unset.

    Raises:
        ConfigError: a variable does not hold a key, or two accounts have the same. No message
            shows a key.
    """
    ready: list[AccountSettings] = []
    notices: list[str] = []
    for place, account in enumerate(accounts):
        where = f"{label}: accounts[{place}]"
        holder = _with_key(account, env)
        if holder.key and any(holder.key == other.key for other in ready):
            raise ConfigError(f"{where}: has the key of another account")
        if holder.key is None:
            text = f"{account.key_env} is not set, nobody can sign in to {account.account_id}"
            notices.append(f"{where}.key_env: {text}")
        ready.append(holder)
    return tuple(ready), tuple(notices)


def _with_key(account: AccountSettings, env: Mapping[str, str]) -> AccountSettings:
    secret = env.get(account.key_env) if account.key_env else None
    if not secret:
        return account
    fault = key_fault(secret)
    if fault:
        raise ConfigError(f"{account.key_env}: {fault}")
    return account.model_copy(update={"key": SecretStr(secret)})
