"""What handlers work with: one bundle per app, found through the request."""

from dataclasses import dataclass

from starlette.requests import Request

from serving.analyses import Analyses
from serving.answers import AdviceDesk
from serving.hub import ChangeHub
from serving.meter import Meter
from serving.metrics import Metrics
from serving.options import ServerOptions
from serving.views import EngineStatus, Views


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of one app."""

    views: Views
    meter: Meter
    analyses: Analyses
    desk: AdviceDesk
    hub: ChangeHub
    status: EngineStatus
    options: ServerOptions
    metrics: Metrics


def services(request: Request) -> Services:
    """The parts of the app that serves this request."""
    found: Services = request.app.state.services
    return found
