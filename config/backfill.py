"""Where the history of symbols comes from when a live feed tells of them for the first time."""

from typing import Annotated, ClassVar, Self

from pydantic import model_validator

from config.errors import unfit
from config.providers import Provider
from config.values import DataFile, Frozen, whole


class BackfillFeed(Frozen):
    """Bars from before the first event of each symbol, asked for or read once.

    Attributes:
        provider: who is asked; None: those of ``providers.routing.bars``, in that order.
        path: a file of bars instead; only the rows of symbols that are seen are kept.
        days: how far back from the first event of the symbol, 1 to 36500.
    """

    link: ClassVar = None
    kinds: ClassVar = ("bars",)
    address: ClassVar = "backfill"

    provider: Provider | None = None
    path: DataFile | None = None
    days: Annotated[int, whole(1, 36_500)] = 400

    @model_validator(mode="after")
    def _check_origin(self) -> Self:
        if self.provider is not None and self.path is not None:
            raise unfit("stands beside provider: history has one origin", key="path", was="")
        return self
