"""A session with Postgres that only reads, and words for what goes wrong with it."""

from typing import Any, Final

import psycopg
from psycopg import sql

from connectors.sinks.postgres_link import StoreError, parameters
from connectors.sources.errors import SourceError

_SETTINGS: Final = (
    "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET default_transaction_read_only = on"
)


class PostgresSession:
    """Each statement sees what was committed when it began.

    Args:
        dsn: postgresql://user:password@host:port/name.
        channel: of NOTIFY, to be woken by; None: nobody notifies.
    """

    def __init__(self, dsn: str, channel: str | None = None) -> None:
        self._dsn, self._channel = dsn, channel
        self._secret = ""
        self._connection: psycopg.Connection[Any] | None = None

    @property
    def connection(self) -> psycopg.Connection[Any]:
        """The open connection.

        Raises:
            psycopg.InterfaceError: there is none.
        """
        if self._connection is None:
            raise psycopg.InterfaceError("not connected")
        return self._connection

    def open(self) -> None:
        """Connect anew.

        Raises:
            SourceError: ``dsn`` is no address; it is not repeated.
            psycopg.Error: the server is away, or does not let us in.
        """
        self.close()
        try:
            given = parameters(self._dsn)
        except StoreError as error:
            raise SourceError(str(error)) from None
        self._secret = str(given.get("password") or "")
        given["application_name"] = "yieldflow feed"
        self._connection = psycopg.connect(**given, autocommit=True)
        self._connection.execute(_SETTINGS)
        if self._channel is not None:
            self._connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self._channel)))

    def wait(self, seconds: float) -> bool:
        """Wait; whether it was cut short by a NOTIFY.

        Raises:
            psycopg.Error: the server has gone.
        """
        return any(True for _ in self.connection.notifies(timeout=seconds, stop_after=1))

    def said(self, error: psycopg.Error) -> str:
        """What went wrong, in one line without the password."""
        text = str(error).strip().partition("\n")[0] or type(error).__name__
        return text.replace(self._secret, "***") if self._secret else text

    def close(self) -> None:
        """Disconnect; twice is once."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
