"""What handlers work with: one bundle per app, found through the request."""

from dataclasses import dataclass

from starlette.requests import Request

from serving.access.keys import KeyRing
from serving.analyses import Analyses
from serving.answers import AdviceDesk
from serving.holdings import HoldingsDesk
from serving.hub import ChangeHub
from serving.insights import Insights
from serving.meter import Meter
from serving.metrics import Metrics
from serving.optimiser import Optimiser
from serving.options import ServerOptions
from serving.provider_costs import ProviderCosts
from serving.views import EngineStatus, Views


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of one app."""

    views: Views
    meter: Meter
    analyses: Analyses
    optimiser: Optimiser
    insights: Insights
    desk: AdviceDesk
    hub: ChangeHub
    status: EngineStatus
    options: ServerOptions
    metrics: Metrics
    holdings: HoldingsDesk
    keys: KeyRing
    costs: ProviderCosts


def services(request: Request) -> Services:
    """The parts of the app that serves this request."""
    found: Services = request.app.state.services
    return found
