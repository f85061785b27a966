"""What the runner has to know of a venue beside its parser: limits are data, not code."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from connectors.streams.events import Control
from connectors.streams.fields import Parse

_HIDDEN = "***"
_UNQUOTED = ("", "/", "/?:@!$'()*,;=")  # what writers of URLs leave as it is: nothing, some, most


@dataclass(frozen=True)
class Credentials:
    """A key, and a secret where the venue has one; neither is ever shown."""

    key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)

    def redact(self, text: str) -> str:
        """The text without key and secret, as they are or as a URL spells them."""
        for hidden in (self.key, self.secret):
            if hidden:
                for spelt in (hidden, *(quote(hidden, safe=safe) for safe in _UNQUOTED)):
                    text = text.replace(spelt, _HIDDEN)
        return text


Frames = Sequence[str]
OnOpen = Callable[[Sequence[str], Credentials], Frames]
OnStatus = Callable[[Control, Sequence[str], Credentials], Frames]


def _silent(event: Control, symbols: Sequence[str], credentials: Credentials) -> Frames:
    return ()


@dataclass(frozen=True)
class Venue:
    """One kind of connection.

    Attributes:
        name: as in the settings and in column ``venue``.
        url: where to connect to; settings may name another one.
        parse: a frame -> events. Pure.
        on_open: what to send when the connection is there.
        on_status: what to send when the venue has said something.
        acknowledges: the venue answers a subscription with ``Subscribed``.
        consecutive: trade ids of a symbol have no holes, so that nothing missed can be proved.
        text_ids: trade ids are text.
        disorder: microseconds by which a trade may come behind a newer one of its symbol.
        idle_timeout: seconds without any frame, pings too, after which a connection is dead.
        resubscribe_every: seconds after which the venue forgets a subscription.
        max_age: seconds after which to replace a connection before the venue ends it.
        sends_per_second: messages, pings and pongs that it takes from a client.
        max_symbols: on one connection.
        needs: of ``key`` and ``secret``.
        key_parameter: the parameter of the URL that carries the key.
    """

    name: str
    url: str
    parse: Parse
    on_open: OnOpen
    on_status: OnStatus = _silent
    acknowledges: bool = True
    consecutive: bool = False
    text_ids: bool = False
    disorder: int = 1_000_000
    idle_timeout: float = 60.0
    resubscribe_every: float | None = None
    max_age: float | None = None
    sends_per_second: int = 10
    max_symbols: int = 500
    needs: tuple[str, ...] = ()
    key_parameter: str | None = None
