"""What /openapi.json says beyond the routes: errors, credentials, examples of both."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from serving.access.gate import GUARDED
from serving.models.operations import Problem
from serving.problems import MEDIA_TYPE

Responses = dict[int | str, dict[str, Any]]

MEANINGS: Mapping[int, str] = {
    400: "The Idempotency-Key is malformed",
    401: "No or bad credentials",
    402: "Not part of the plan of this account; nothing was billed",
    403: "The key may not do this",
    404: "Not yours or not there",
    409: "The same Idempotency-Key is still running, or the name is taken",
    410: "Longer ago than advice is kept",
    413: "The body is too large",
    422: "Bad parameters or body, or the Idempotency-Key belongs to another request",
    429: "Too many open streams",
    503: "Not ready or not durable; nothing was billed. `Retry-After` says when to try again",
}
RETRY_AFTER = {
    "Retry-After": {"description": "seconds", "schema": {"type": "integer", "minimum": 0}}
}
SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "an API key, `yf_live_...`"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
DESCRIPTION = """\
Live market tables, portfolios at current prices, and advice that explains itself.

* Send a key as `Authorization: Bearer <key>` or `X-API-Key: <key>` to everything under `/v1`.
* Times are integer microseconds since the epoch, UTC. Money is a decimal string. Missing is null.
* Errors are problem documents (RFC 9457); `GET /problems` explains each `type`.
* Metered calls are billed when, and only when, they are answered with 200. `Idempotency-Key` makes
  a repeat safe: it returns the stored answer and is not billed again.
"""


def problem(status: int) -> dict[str, Any]:
    """How the reference describes one error answer."""
    described: dict[str, Any] = {
        "description": MEANINGS[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in (429, 503):
        described["headers"] = RETRY_AFTER
    return described


def answers(model: type[BaseModel] | None, *statuses: int) -> Responses:
    """The ``responses`` of a route that renders ``model`` itself and may fail with ``statuses``."""
    found: Responses = {} if model is None else {200: {"model": model}}
    found.update({status: problem(status) for status in statuses})
    return found


def complete(schema: dict[str, Any]) -> dict[str, Any]:
    """Add what FastAPI cannot know, and take out what it wrongly supposes."""
    components = schema.setdefault("components", {})
    components["securitySchemes"] = SCHEMES
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema()
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            supposed = operation["responses"].get("422", {}).get("content", {})
            if "application/json" in supposed:
                del operation["responses"]["422"]
            if path.startswith(GUARDED):
                operation["security"] = [{name: []} for name in SCHEMES]
    return schema


def install_reference(app: FastAPI) -> None:
    """Complete the generated document once, when it is first asked for."""
    generate = app.openapi
    completed: list[dict[str, Any]] = []

    def openapi() -> dict[str, Any]:
        if not completed:
            completed.append(complete(generate()))
        return completed[0]

    app.openapi = openapi  # type: ignore[method-assign]
