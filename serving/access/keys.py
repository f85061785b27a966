"""API keys of the configured accounts: who is calling, and what is theirs."""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from serving.options import Account


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a request is from. ``portfolios``: their ids, sorted; ``plan``: '' without.

    ``admin``: the caller runs the service.
    """

    account_id: str
    portfolios: tuple[str, ...]
    plan: str = ""
    admin: bool = False


class KeyRing:
    """Finds the account of a key. Holds SHA-256 of the keys only.

    A plain hash is enough for a secret of 112 random bits or more (OWASP ASVS 5.0, 6.5.2).
    """

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._known = [(sha256(one.key.encode()).digest(), principal_of(one)) for one in accounts]

    def grant_all(self, owners: Mapping[str, str]) -> None:
        """Let accounts see portfolios that they have begun: portfolio -> account.

        One that an account is given by the profile is nobody else's, whoever sent it.
        """
        given = {name for _, principal in self._known for name in principal.portfolios}
        for portfolio_id, account_id in owners.items():
            if portfolio_id not in given:
                self.grant(account_id, portfolio_id)

    def grant(self, account_id: str, portfolio_id: str) -> None:
        """Let an account see a portfolio from its next request on."""
        for place, (digest, principal) in enumerate(self._known):
            if principal.account_id == account_id:
                names = tuple(sorted({*principal.portfolios, portfolio_id}))
                self._known[place] = (digest, replace(principal, portfolios=names))

    def find(self, key: bytes) -> Principal | None:
        """The principal of ``key``, None when it is unknown; takes as long either way."""
        presented = sha256(key).digest()
        found = None
        for digest, principal in self._known:
            if hmac.compare_digest(digest, presented):
                found = principal
        return found


def principal_of(account: Account) -> Principal:
    """Who somebody is that has the key of this account."""
    owned = tuple(sorted(account.portfolios))
    return Principal(account.account_id, owned, account.plan, account.admin)


def presented_key(headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
    """The key in ``X-API-Key`` or ``Authorization: Bearer``; None when there is neither."""
    for name, value in headers:
        if name == b"x-api-key":
            return value.strip()
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            return value[7:].strip()
    return None
