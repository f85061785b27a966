"""The ``Idempotency-Key`` header and the fingerprint of a request.

Draft-ietf-httpapi-idempotency-key-header-07 makes the key a quoted string; most clients send it
bare. Both spellings name the same key.
"""

import json
import re
from hashlib import sha256

_QUOTED = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255})"')
_BARE = re.compile(r"[\x21\x23-\x7e][\x21-\x7e]{0,254}")


class BadKey(ValueError):
    """The ``Idempotency-Key`` header is not a key: 400."""


def parse_key(header: str | None) -> str | None:
    """Return the key that a header carries, None when there is no header.

    Raises:
        BadKey: it is empty, longer than 255 characters, or not printable ASCII.
    """
    if header is None:
        return None
    text = header.strip()
    if quoted := _QUOTED.fullmatch(text):
        return re.sub(r"\\(.)", r"\1", quoted[1])
    if _BARE.fullmatch(text):
        return text
    raise BadKey("Idempotency-Key must be 1 to 255 printable ASCII characters, quoted or bare")


def fingerprint(target: str, body: bytes) -> bytes:
    """Return the SHA-256 that tells one request from another under the same key.

    Args:
        target: path and query string as requested.
        body: raw bytes. JSON counts by its content: neither white space nor the order of the
            members of an object makes it another request. Anything else counts byte by byte.
    """
    try:
        canonical = (
            body and json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode()
        )
    except (ValueError, RecursionError):
        canonical = body
    return sha256(target.encode() + b"\n" + canonical).digest()
