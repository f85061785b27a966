"""Puts the API together. There is no module-level app: every part is handed in."""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from serving.access.gate import Gate
from serving.access.keys import KeyRing
from serving.analyses import Analyses
from serving.answers import AdviceDesk
from serving.freshness import Freshness
from serving.holdings import HoldingsDesk
from serving.hub import ChangeHub
from serving.insights import Insights, NoInsights
from serving.meter import Meter
from serving.metrics import Metrics, SystemCollector
from serving.middleware import BodyLimit, Measured, RequestId
from serving.optimiser import NoOptimiser, Optimiser
from serving.options import ServerOptions
from serving.problems import install_problem_documents
from serving.problems import router as problem_pages
from serving.provider_costs import NoProviders, ProviderCosts
from serving.provider_metrics import ProviderCollector
from serving.reference import DESCRIPTION, install_reference
from serving.routes import (
    admin,
    advice,
    holdings,
    insights,
    market,
    operations,
    optimise,
    pages,
    portfolios,
    stream,
    usage,
)
from serving.services import Services
from serving.views import Analyst, EngineStatus, Views

ROUTERS = (
    advice.router,  # first: routes are tried in order, and this one is the busiest
    market.router,
    optimise.router,
    insights.router,
    portfolios.router,
    holdings.router,
    stream.router,
    usage.router,
    admin.router,
    operations.router,
    problem_pages,
    pages.router,
)


def create_app(
    *,
    views: Views,
    meter: Meter,
    analyst: Analyst,
    options: ServerOptions,
    hub: ChangeHub,
    status: EngineStatus,
    optimiser: Optimiser | None = None,
    insight: Insights | None = None,
    holdings_desk: HoldingsDesk | None = None,
    provider_costs: ProviderCosts | None = None,
) -> FastAPI:
    """The API over these parts. It starts no engine and opens no files.

    Call ``hub.close()`` on the event loop when the server begins to stop: open streams then end at
    once instead of holding the shutdown up.
    """
    costs = provider_costs or NoProviders()
    collector = SystemCollector(
        views=views, meter=meter, hub=hub, status=status, clock=options.clock
    )
    parts = Services(
        views=views,
        meter=meter,
        analyses=Analyses(analyst, running=options.analyses, waiting=options.analyses_waiting),
        optimiser=optimiser or NoOptimiser(),
        insights=insight or NoInsights(),
        desk=AdviceDesk(views=views, status=status, options=options, stored=meter.stored),
        hub=hub,
        status=status,
        options=options,
        metrics=Metrics(collector, ProviderCollector(costs)),
        holdings=holdings_desk or HoldingsDesk(),
        keys=KeyRing(options.accounts),
        costs=costs,
    )
    parts.keys.grant_all(parts.holdings.owners())
    app = bare_app(parts)
    app.state.services = parts
    for router in ROUTERS:
        app.include_router(router)
    install_problem_documents(app, retry_after=math.ceil(options.retry_after.total_seconds()))
    install_reference(app)
    install_middleware(app, parts)
    return app


def bare_app(parts: Services) -> FastAPI:
    """An app without routes that closes what it opened."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        parts.hub.close()
        parts.analyses.close()

    return FastAPI(
        title="Yieldflow",
        version=parts.options.version,
        description=DESCRIPTION,
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )


def install_middleware(app: FastAPI, parts: Services) -> None:
    """From the inside out: how old, who it is, how much they send, how long, what it is called."""
    options = parts.options
    app.add_middleware(
        Freshness, status=parts.status, limit=options.max_staleness, clock=options.clock
    )
    app.add_middleware(Gate, keys=parts.keys)
    larger = {holdings.IMPORT_PATH: parts.options.max_import_bytes}
    app.add_middleware(BodyLimit, limit=parts.options.max_body_bytes, larger=larger)
    app.add_middleware(Measured, observe=parts.metrics.observe)
    app.add_middleware(RequestId)
