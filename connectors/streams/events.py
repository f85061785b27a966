"""What a frame of a WebSocket venue says: trades, and what the connection has to know."""

from dataclasses import dataclass
from typing import NamedTuple


class Trade(NamedTuple):
    """One trade.

    Attributes:
        symbol: as the venue spells it.
        ts_event: when it was made, microseconds UTC; finer times are cut off.
        price: in the quote currency.
        size: in units of the instrument; 0 where the venue tells a price and no size.
        trade_id: unique for (venue, symbol) and of one type per venue; None: the venue has none.
        venue: the name of the feed's venue, and the exchange where ids are per exchange.
        detail: tells apart trades without an id that agree in all else.
    """

    symbol: str
    ts_event: int
    price: float
    size: float
    trade_id: int | str | None
    venue: str
    detail: str = ""


@dataclass(frozen=True)
class Unread:
    """A frame, or one message of it, that is none the parser knows, or has fields amiss.

    Attributes:
        reason: a code as in ``Rejected``: not_json, unknown_frame, missing_field ...
        raw: the message; '' stands for the whole frame.
    """

    reason: str
    raw: str = ""


@dataclass(frozen=True)
class Numbered:
    """The venue counts what it sends on this connection: a number left out is a lost message.

    Attributes:
        number: of this message.
        ts_event: when it was sent, microseconds UTC.
    """

    number: int
    ts_event: int


@dataclass(frozen=True)
class Greeted:
    """The venue is ready to be told who we are."""


@dataclass(frozen=True)
class Authenticated:
    """It knows who we are and waits for the subscription.

    That proves nothing of the connection: an account with too many of them is let in first and
    thrown out then.
    """


@dataclass(frozen=True)
class Subscribed:
    """It has taken a subscription: what is traded from now on, it sends."""


@dataclass(frozen=True)
class Heartbeat:
    """A sign of life, or an answer without consequences."""


@dataclass(frozen=True)
class Shutdown:
    """The connection is going to end soon: a new one should be there before."""


@dataclass(frozen=True)
class Refused:
    """One request, such as for one symbol of many, is refused; the connection lives on."""

    reason: str


@dataclass(frozen=True)
class Retry:
    """This connection is over, another one may fare better.

    Attributes:
        reason: what the venue said.
        after: seconds to wait at least.
    """

    reason: str
    after: float = 0.0


@dataclass(frozen=True)
class Fatal:
    """Trying again would be answered in the same way: a wrong key, a symbol too many."""

    reason: str


Control = Greeted | Authenticated | Subscribed | Heartbeat | Shutdown | Refused | Retry | Fatal
Event = Trade | Unread | Numbered | Control
