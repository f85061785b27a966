"""Every error this API answers with: one table from exception to kind of problem (RFC 9457).

``type`` is the stable name of the kind of problem; it is a path of this server, which explains it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.exceptions import HTTPException

from serving.meter import Conflict, LedgerUnavailable, Mismatch
from serving.metering.idempotency import BadKey
from serving.views import ColdView


class Unauthenticated(Exception):
    """No credentials, or none that are known: 401."""


class Forbidden(Exception):
    """The credentials are known and not enough: 403."""


class NotYours(Exception):
    """No such thing, or it belongs to another account; which of both is not told: 404."""


class PlanRequired(Exception):
    """What was asked for is part of plans, and the account has none: 402."""


class UnknownSymbol(Exception):
    """No instrument and no price of that name: 404."""


class UnknownProblem(Exception):
    """/problems was asked for a kind that does not exist: 404."""


class Invalid(Exception):
    """A request that is well formed but means nothing: 422."""


class UnreadableImport(Exception):
    """A broker's file that cannot be read at all: 422."""


class PortfolioExists(Exception):
    """A portfolio of that name exists, whoever owns it: 409."""


class NotYet(Exception):
    """Advice was asked for as of a time that has not been evaluated yet: 422."""


class BeforeFirst(Exception):
    """Advice was asked for as of a time before the first evaluation: 404."""


class BeyondRetention(Exception):
    """Advice was asked for as of a time that is no longer kept: 410."""


class StaleViews(Exception):
    """The views have stood still for too long: 503."""


class TooManyStreams(Exception):
    """The account has its share of open streams: 429."""


class TooManyAnalyses(Exception):
    """All analysis slots are busy and the queue is full: 503."""


class NotReady(Exception):
    """The service cannot answer yet or any more: 503. ``args`` are the reasons."""


class Stopping(Exception):
    """The server is shutting down: 503, or the last event of a stream."""


class SlowStream(Exception):
    """A stream was not read as fast as rows changed: the last event of it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem. ``advice`` says what the caller can do about it."""

    slug: str
    status: int
    title: str
    advice: str
    retry: bool = False

    @property
    def type(self) -> str:
        """Stable URI reference of this kind."""
        return f"/problems/{self.slug}"


FORBIDDEN = Kind(
    "forbidden", 403, "The key may not do this", "Use a key that has the scope this route asks for."
)
KINDS: Mapping[type[Exception], Kind] = {
    Unauthenticated: Kind(
        "unauthenticated", 401, "Credentials are missing or not valid",
        "Send a valid key as `Authorization: Bearer <key>` or `X-API-Key: <key>`.",
    ),
    Forbidden: FORBIDDEN,
    NotYours: Kind(
        "not-found", 404, "Not found",
        "There is no such resource, or it belongs to another account. Check the id and the key.",
    ),
    PlanRequired: Kind(
        "plan-required", 402, "A plan is required",
        "Nothing was billed. Choose a plan that includes this, or leave it out.",
    ),
    UnknownSymbol: Kind(
        "unknown-symbol", 404, "Unknown symbol",
        "Neither an instrument nor a price of that name is known. GET /v1/quotes lists symbols.",
    ),
    UnknownProblem: Kind(
        "unknown-problem", 404, "No such kind of problem", "GET /problems lists all kinds.",
    ),
    Invalid: Kind(
        "invalid-request", 422, "The request is not valid",
        "`errors` names each offending field and what is wrong with it.",
    ),
    UnreadableImport: Kind(
        "unreadable-import", 422, "The file cannot be imported",
        "Send the file as the broker gives it; `format` names its format where it is not told.",
    ),
    PortfolioExists: Kind(
        "portfolio-exists", 409, "There is a portfolio of that name",
        "Choose another portfolio_id, or replace the holdings of yours with PUT.",
    ),
    NotYet: Kind(
        "as-of-not-yet", 422, "Advice has not been evaluated up to that time",
        "Ask for the time of the last evaluation or an earlier one, or leave `as_of` out.",
    ),
    BeforeFirst: Kind(
        "as-of-before-first", 404, "There was no advice yet",
        "Ask for a later time: before the first closed bar nothing was evaluated.",
    ),
    BeyondRetention: Kind(
        "as-of-beyond-retention", 410, "Advice of that time is no longer kept",
        "Ask for a later time; `advice.retention` of the profile says how long advice is kept.",
    ),
    Conflict: Kind(
        "request-in-progress", 409, "The same Idempotency-Key is still being worked on",
        "Wait and repeat the identical request: it returns the stored answer, billed once.",
        retry=True,
    ),
    BadKey: Kind(
        "bad-idempotency-key", 400, "The Idempotency-Key is not a key",
        "Send 1 to 255 printable ASCII characters, quoted or bare; a UUID is a good choice.",
    ),
    Mismatch: Kind(
        "idempotency-key-reused", 422, "The Idempotency-Key was used for another request",
        "Use a new key for a new request; repeat a request with its own key only.",
    ),
    TooManyStreams: Kind(
        "too-many-streams", 429, "Too many open streams",
        "Close a stream first, or read several topics over one.", retry=True,
    ),
    ColdView: Kind(
        "view-cold", 503, "The data is not there yet",
        "The engine has not filled this table yet. Nothing was billed. Retry after `Retry-After`.",
        retry=True,
    ),
    StaleViews: Kind(
        "data-stale", 503, "The data is too old to be served",
        "Engine or feeds have been away for longer than `engine.max_staleness`. Nothing was "
        "billed. /readyz says which part is away. Retry after `Retry-After`.",
        retry=True,
    ),
    LedgerUnavailable: Kind(
        "ledger-unavailable", 503, "The usage ledger cannot commit",
        "The answer could not be recorded, so it was not given and nothing was billed. Retry "
        "after `Retry-After`; with an `Idempotency-Key` a retry is safe whatever happened.",
        retry=True,
    ),
    TooManyAnalyses: Kind(
        "busy", 503, "All analysis slots are busy",
        "Nothing was billed. Retry after `Retry-After`.", retry=True,
    ),
    NotReady: Kind(
        "not-ready", 503, "Not ready", "`reasons` says what is missing. Retry after `Retry-After`.",
        retry=True,
    ),
    Stopping: Kind(
        "stopping", 503, "The server is stopping", "Connect again after `Retry-After`.", retry=True,
    ),
    SlowStream: Kind(
        "slow-stream", 503, "The stream was read too slowly",
        "Changes were dropped, so the stream ended. Connect again: it starts with a snapshot. Ask "
        "for fewer topics or name `symbols`.",
    ),
}  # fmt: skip
"""The exceptions of this package. What Starlette raises by status is in ``BY_STATUS``."""

INTERNAL = Kind(
    "internal-error", 500, "Internal error",
    "A fault of the server. Nothing was billed unless a repeated call with the same "
    "`Idempotency-Key` says so. Report the `request_id`.",
)  # fmt: skip
BY_STATUS: Mapping[int, Kind] = {
    400: Kind("bad-request", 400, "Bad request", "The request could not be read as HTTP or JSON."),
    403: FORBIDDEN,
    404: Kind("no-such-route", 404, "No such route", "GET /openapi.json lists all routes."),
    405: Kind("method-not-allowed", 405, "Method not allowed", "`Allow` names the methods."),
    413: Kind("body-too-large", 413, "The request body is too large", "Send fewer holdings."),
    415: Kind("unsupported-media-type", 415, "Unsupported media type", "Send application/json."),
    500: INTERNAL,
}
ALL_KINDS: Mapping[str, Kind] = {kind.slug: kind for kind in (*KINDS.values(), *BY_STATUS.values())}


def kind_of(error: Exception) -> Kind:
    """The kind of problem an exception is; an internal error when it is none we raise."""
    for cls in type(error).__mro__:
        if cls in KINDS:
            return KINDS[cls]
    if isinstance(error, HTTPException):
        return BY_STATUS.get(error.status_code, INTERNAL)
    return INTERNAL
