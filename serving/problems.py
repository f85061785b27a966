"""Problem documents (RFC 9457): from exception to answer, and the pages behind ``type``."""

from collections.abc import Mapping, Sequence

import orjson
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from serving.errors import (
    ALL_KINDS,
    INTERNAL,
    KINDS,
    Invalid,
    Kind,
    NotReady,
    UnknownProblem,
    kind_of,
)
from serving.models.operations import ProblemKind

MEDIA_TYPE = "application/problem+json"
router = APIRouter(tags=["operations"])


def request_id(scope: Scope) -> str:
    """The id of the request; '' outside of one."""
    state = scope.get("state")
    return str(state.get("request_id", "")) if state else ""


def document(kind: Kind, detail: str, scope: Scope, **extra: object) -> dict[str, object]:
    """The problem document of ``kind``; ``extra`` members come last."""
    return {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "instance": scope.get("path", ""),
        "request_id": request_id(scope),
        **extra,
    }


def problem_response(
    kind: Kind,
    detail: str,
    scope: Scope,
    *,
    retry_after: int = 1,
    headers: Mapping[str, str] | None = None,
    **extra: object,
) -> Response:
    """Answer with a problem document. ``retry_after``: seconds, sent with kinds worth a retry."""
    sent = dict(headers or {})
    sent["X-Request-Id"] = request_id(scope)
    if kind.retry:
        sent["Retry-After"] = str(retry_after)
    if kind.status == 401:
        sent["WWW-Authenticate"] = 'Bearer realm="yieldflow"'
    body = orjson.dumps(document(kind, detail, scope, **extra))
    return Response(body, kind.status, sent, MEDIA_TYPE)


def detail_of(error: Exception, kind: Kind) -> str:
    """What is wrong this time, in one line."""
    if isinstance(error, HTTPException):
        return kind.advice
    return "; ".join(str(part) for part in error.args) or kind.title


def field_errors(error: RequestValidationError) -> list[dict[str, str]]:
    """Each offending field with its message. The refused input is not sent back."""
    return [
        {"field": ".".join(str(part) for part in found["loc"]), "message": found["msg"]}
        for found in error.errors()
    ]


def summary(errors: Sequence[Mapping[str, str]]) -> str:
    """The first error and how many more there are."""
    first, rest = errors[0], len(errors) - 1
    more = f" (and {rest} more)" if rest else ""
    return f"{first['field']}: {first['message']}{more}"


def install_problem_documents(app: FastAPI, *, retry_after: int) -> None:
    """Answer every error of ``app`` with a problem document."""

    async def known(request: Request, error: Exception) -> Response:
        kind = kind_of(error)
        extra: dict[str, object] = {}
        if isinstance(error, NotReady):
            extra["reasons"] = [str(reason) for reason in error.args]
        headers = getattr(error, "headers", None)
        return problem_response(
            kind,
            detail_of(error, kind),
            request.scope,
            retry_after=retry_after,
            headers=headers,
            **extra,
        )

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        errors = field_errors(error)
        return problem_response(KINDS[Invalid], summary(errors), request.scope, errors=errors)

    async def internal(request: Request, error: Exception) -> Response:
        return problem_response(INTERNAL, "The request failed; it was logged.", request.scope)

    for cls in (*KINDS, HTTPException):
        app.add_exception_handler(cls, known)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(Exception, internal)


def explained(kind: Kind) -> ProblemKind:
    """The public page of one kind."""
    return ProblemKind(type=kind.type, status=kind.status, title=kind.title, what_to_do=kind.advice)


@router.get("/problems", operation_id="list_problems", summary="All kinds of problem")
async def list_problems() -> list[ProblemKind]:
    """Every `type` that an error answer of this API can have."""
    return [explained(kind) for kind in ALL_KINDS.values()]


@router.get("/problems/{slug}", operation_id="explain_problem", summary="One kind of problem")
async def explain_problem(slug: str) -> ProblemKind:
    """What a problem `type` means and what to do about it."""
    if slug not in ALL_KINDS:
        raise UnknownProblem(f"there is no problem type {slug!r}")
    return explained(ALL_KINDS[slug])
