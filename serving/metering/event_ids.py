"""How usage events are named.

A name that follows from what is billed makes a second attempt collide with the first instead of
adding to it, whatever happened to the process in between.
"""

from collections.abc import Sequence

import uuid_utils as uuid

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:yieldflow:usage-event")


def ids_of_request(account_id: str, route: str, key: str, meters: Sequence[str]) -> list[str]:
    """Return one id per unit: UUIDv5 of (account, route, key, meter, place)."""
    names = (
        _name("request", account_id, route, key, meter, str(i)) for i, meter in enumerate(meters)
    )
    return [str(uuid.uuid5(_NAMESPACE, name)) for name in names]


def id_of_delivery(account_id: str, meter: str, subject_id: str) -> str:
    """Return the id of the one event that a pushed subject costs an account."""
    return str(uuid.uuid5(_NAMESPACE, _name("delivery", account_id, meter, subject_id)))


def id_of_reversal(event_id: str) -> str:
    """Return the id of the correction of an event: an event is reversed at most once."""
    return str(uuid.uuid5(_NAMESPACE, _name("reversal", event_id)))


def fresh_ids(count: int, now: int) -> list[str]:
    """Return ids that nothing else has: UUIDv7, ordered by ``now`` (microseconds UTC)."""
    return [str(uuid.uuid7(nanoseconds=now * 1000)) for _ in range(count)]


def _name(*parts: str) -> str:
    # Lengths in front: ("a", "bc") and ("ab", "c") must not meet in one name.
    return "".join(f"{len(part)}:{part}" for part in parts)
