"""Connections to Redis: one that neither repeats a command by itself nor tells its password."""

from typing import Any, Final
from urllib.parse import unquote, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    ExecAbortError,
    MasterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    TryAgainError,
)
from redis.retry import Retry

# What passes by itself: the server is down, starts, fails over or has no memory left for now.
AWAY: Final = (
    redis.ConnectionError,
    redis.TimeoutError,
    ExecAbortError,
    MasterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    TryAgainError,
)
# What does not; a wrong password looks like a lost connection to redis-py.
DENIED: Final = (AuthenticationError, AuthorizationError)
_BAD_ADDRESS: Final = "REDIS_URL is no address such as rediss://user:password@host:6379/0"
_TIMEOUT: Final = 5.0


class RedisClient:
    """One connection to one server, opened when it is first used.

    A command is never repeated behind our back: an XREADGROUP whose answer was lost has moved the
    group on, and repeated it would skip what it gave the first time.

    Args:
        url: redis:// or rediss://, with what redis-py reads from a query: ``ssl_ca_certs`` ...

    Raises:
        ValueError: the url is none; the text never quotes it.
    """

    def __init__(self, url: str) -> None:
        try:
            password = urlsplit(url).password
            self.redis: Any = redis.Redis.from_url(
                url,
                protocol=2,
                retry=Retry(NoBackoff(), 0),
                socket_timeout=_TIMEOUT,
                socket_connect_timeout=_TIMEOUT,
                socket_keepalive=True,
                client_name="yieldflow",
            )
        except (ValueError, TypeError):
            raise ValueError(_BAD_ADDRESS) from None  # the cause may quote a piece of the password
        self._secrets = (password, unquote(password)) if password else ()

    def said(self, error: Exception) -> str:
        """What went wrong, in one line without the password."""
        text = str(error).strip().partition("\n")[0] or type(error).__name__
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    def close(self) -> None:
        """Disconnect."""
        self.redis.close()


def transaction(pipeline: Any) -> list[Any]:
    """The answers of a MULTI; the first error among them is raised."""
    found: list[Any] = pipeline.execute(raise_on_error=False)
    for answer in found:
        if isinstance(answer, Exception):
            raise answer
    return found
