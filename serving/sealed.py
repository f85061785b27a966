"""What was served: the members of an answer that its hash covers, byte for byte.

The hash covers everything an answer says about a portfolio at an instant: which portfolio, when,
the rows and the disclaimers. It leaves out what is told beside it: the hash itself, ``basis``,
``now`` and ``usage``.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import orjson

HEAD = ("portfolio_id", "as_of")
LISTS = ("advice", "strengths", "withheld", "not_evaluated", "recently_cleared")
HASHED = (*HEAD, *LISTS, "disclaimers")


def canonical(content: bytes) -> bytes:
    """JSON with sorted keys and no spaces, numbers as Python writes them, unescaped UTF-8."""
    parsed = orjson.loads(content)
    return json.dumps(parsed, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def hash_of(content: bytes) -> str:
    """SHA-256 of JSON in canonical form, hexadecimal."""
    return sha256(canonical(content)).hexdigest()


@dataclass(frozen=True)
class Sealed:
    """The hashed part of an answer.

    Attributes:
        portfolio_id: whose. as_of: instant of the evaluation, microseconds.
        content: JSON of ``HASHED``, in this order.
        open_rows: rows of ``advice``: what is billed.
    """

    portfolio_id: str
    as_of: int
    content: bytes
    open_rows: int

    @cached_property
    def served_hash(self) -> str:
        """The hash of ``content``."""
        return hash_of(self.content)

    @cached_property
    def opening(self) -> bytes:
        """The answer up to its last hashed member, the hash behind the instant."""
        head = {"portfolio_id": self.portfolio_id, "as_of": self.as_of}
        place = len(orjson.dumps(head)) - 1
        told = self.content[:place], self.served_hash.encode(), self.content[place:-1]
        return b'%b,"served_hash":"%b"%b' % told

    def rendered(self, *, basis: str, now: bytes, usage: Mapping[str, object]) -> bytes:
        """The whole answer. ``now``: JSON."""
        said = orjson.dumps(usage)
        return b'%b,"basis":"%b","now":%b,"usage":%b}' % (self.opening, basis.encode(), now, said)


def seal(
    portfolio_id: str,
    as_of: int,
    lists: Mapping[str, Sequence[object]],
    disclaimers: Mapping[str, str],
) -> Sealed:
    """Put an answer together; ``lists`` has a list of rows for each of ``LISTS``."""
    members: dict[str, object] = {"portfolio_id": portfolio_id, "as_of": as_of}
    members |= {name: lists[name] for name in LISTS}
    members["disclaimers"] = disclaimers
    return Sealed(portfolio_id, as_of, orjson.dumps(members), len(lists["advice"]))


def opened(content: bytes) -> Sealed:
    """What was sealed before, from its content."""
    found = orjson.loads(content)
    return Sealed(found["portfolio_id"], found["as_of"], content, len(found["advice"]))
