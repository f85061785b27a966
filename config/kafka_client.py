"""What a profile says about the connection to Kafka, the same for reading and for writing."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import Field, field_validator, model_validator

from config.errors import unfit, unknown_name
from config.librdkafka import BROKERS, CLIENT, OWNED, SECRETS
from config.secrets import Secret
from config.values import Frozen

Scalar = str | int | bool
LISTED = "its CONFIGURATION.md lists them"


class KafkaClient(Frozen):
    """Settings of librdkafka, for TLS, SASL and tuning.

    Attributes:
        settings: librdkafka key -> text, whole number, true or false.
        secrets: librdkafka key -> environment variable that holds the value.
    """

    link: ClassVar = "kafka"
    hints: ClassVar = dict.fromkeys(("bootstrap_servers", "bootstrap.servers", "brokers"), BROKERS)
    known: ClassVar[frozenset[str]] = CLIENT

    settings: dict[str, Scalar] = Field(default_factory=dict)
    secrets: dict[str, Secret] = Field(default_factory=dict)

    @property
    def client_settings(self) -> dict[str, Scalar]:
        """What to give librdkafka, secrets in the clear: never print it."""
        revealed = {key: value.get_secret_value() for key, value in self.secrets.items()}
        return {**self.settings, **revealed}

    @field_validator("settings", mode="before")
    @classmethod
    def _check_settings(cls, given: Any) -> Any:
        if isinstance(given, Mapping):
            for key, value in given.items():
                if key in SECRETS:
                    fix = f"name its environment variable: secrets: {{{key}: KAFKA_SECRET}}"
                    raise unfit(f"is a secret; {fix}", key=key, was="")
                cls._check_key(key)
                if type(value) not in (str, int, bool):
                    raise unfit("must be text, a whole number, true or false", key=key, was="")
        return given

    @field_validator("secrets", mode="before")
    @classmethod
    def _check_secrets(cls, given: Any) -> Any:
        for key in given if isinstance(given, Mapping) else ():
            cls._check_key(key)
        return given

    @classmethod
    def _check_key(cls, key: str) -> None:
        if key in OWNED:
            raise unfit(f"cannot be set: {OWNED[key]}", key=key, was="")
        known = cls.known | SECRETS
        if key not in known:
            text = unknown_name(key, known, kind="key of librdkafka", listed=LISTED)
            raise unfit(text, key=key, was="")

    @model_validator(mode="after")
    def _check_once(self) -> Self:
        for key in self.secrets:
            if key in self.settings:
                raise unfit("stands under settings too, drop one", key=f"secrets.{key}", was="")
        return self
