"""Keys out of everything that is shown, kept or told on."""

from typing import Final
from urllib.parse import quote, quote_plus

import orjson

_SHOWN: Final = "***"
_SECRET_LENGTH: Final = 8


class Redactor:
    """Takes one key out of texts, however it is written there: plain, in a URL, in JSON."""

    def __init__(self, key: str | None) -> None:
        """Look for ``key``; None and '' are never found."""
        ways = (key, quote(key), quote(key, safe=""), quote_plus(key), _json(key)) if key else ()
        self._ways = sorted(set(ways), key=len, reverse=True)

    def __repr__(self) -> str:
        """Say nothing of the key."""
        return "Redactor()"

    def text(self, text: str) -> str:
        """The text without the key."""
        for way in self._ways:
            text = text.replace(way, _SHOWN)
        return text

    def body(self, body: bytes) -> bytes:
        """An answer without the key. A very short one is left: it may well be a part of a number.

        Such a key is no secret; errors are redacted of it all the same.
        """
        for way in self._ways:
            if len(way) >= _SECRET_LENGTH:
                body = body.replace(way.encode(), _SHOWN.encode())
        return body


def _json(key: str) -> str:
    return orjson.dumps(key).decode()[1:-1]
