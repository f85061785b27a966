"""Secrets: a profile names the environment variable that holds one, never the secret itself."""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, InstanceOf, SecretStr, ValidationInfo

from config.errors import unfit

NAME = re.compile(r"[A-Z][A-Z0-9_]*")
PASTED = re.compile(r"(?=.*[0-9])[A-Z0-9]{12,}")  # a name of words has underscores, a key has none
NOT_A_NAME = (
    'must be the name of an environment variable such as "FINNHUB_KEY"; '
    "the secret itself does not belong in a file"
)


class EnvSecret(SecretStr):
    """What an environment variable holds; empty while that is unset.

    Attributes:
        variable: its name, which may be printed.
    """

    def __init__(self, variable: str, secret: str) -> None:
        """Hold the secret of a variable."""
        super().__init__(secret)
        self.variable = variable

    @property
    def is_set(self) -> bool:
        """Whether there is a secret."""
        return bool(self.get_secret_value())


def _from_environment(value: object, info: ValidationInfo) -> EnvSecret:
    if isinstance(value, EnvSecret):
        return value
    if not isinstance(value, str) or not NAME.fullmatch(value) or PASTED.fullmatch(value):
        raise unfit(NOT_A_NAME, was="")
    env: Mapping[str, str] = (info.context or {}).get("env", {})
    return EnvSecret(value, env.get(value, ""))


Secret = Annotated[InstanceOf[EnvSecret], BeforeValidator(_from_environment)]
