"""Nothing under /v1/ is reached without credentials. Pure ASGI, so that no route can forget it."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.access.keys import KeyRing, Principal, presented_key
from serving.errors import KINDS, Forbidden, NotYours, Unauthenticated
from serving.problems import problem_response

GUARDED = "/v1/"


class Gate:
    """Put the :class:`Principal` of the request into its state, or answer 401."""

    def __init__(self, app: ASGIApp, keys: KeyRing) -> None:
        self.app = app
        self.keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through that is from somebody."""
        if scope["type"] == "http" and scope["path"].startswith(GUARDED):
            key = presented_key(scope["headers"])
            principal = self.keys.find(key) if key is not None else None
            if principal is None:
                detail = "no API key was sent" if key is None else "the API key is not known"
                refusal = problem_response(KINDS[Unauthenticated], detail, scope)
                await refusal(scope, receive, send)
                return
            scope.setdefault("state", {})["principal"] = principal
        await self.app(scope, receive, send)


def caller(request: Request) -> Principal:
    """Who the request is from."""
    principal: Principal = request.scope["state"]["principal"]
    return principal


def operator(request: Request) -> Principal:
    """The caller, if they run the service.

    Raises:
        Forbidden: they do not.
    """
    principal = caller(request)
    if not principal.admin:
        raise Forbidden("this is for accounts with `admin: true`")
    return principal


def own_portfolio(request: Request, portfolio_id: str) -> Principal:
    """The caller, if the portfolio is theirs.

    Raises:
        NotYours: it is not, or it does not exist; the caller cannot tell which.
    """
    principal = caller(request)
    if portfolio_id not in principal.portfolios:
        raise NotYours(f"there is no portfolio {portfolio_id!r} in this account")
    return principal
