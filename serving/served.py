"""An answer that is ready but for what it is billed as."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from serving.meter import Charge, Draft, Receipt
from serving.sealed import Sealed

Basis: TypeAlias = Literal["live", "served", "reconstructed"]
NOTHING = b"{}"


@dataclass(frozen=True, slots=True)
class Served:
    """An answer but for what it is billed as.

    Attributes:
        sealed: what its hash covers.
        basis: where it comes from.
        now: JSON, how far each open row is from clearing; not part of the hash.
        receipt: what the ledger is told of it.
    """

    sealed: Sealed
    basis: Basis
    now: bytes
    receipt: Receipt

    def draft(self) -> Draft:
        """One analysis, one generation per open row; withheld and cleared rows are free."""
        charges = [Charge("portfolio_analysis")]
        if self.sealed.open_rows:
            charges.append(Charge("advice_generation", self.sealed.open_rows))
        return Draft(charges, self.body, receipt=self.receipt)

    def body(self, event_ids: Sequence[str]) -> bytes:
        """The final bytes."""
        usage = {
            "event_ids": list(event_ids),
            "portfolio_analysis": 1,
            "advice_generation": self.sealed.open_rows,
        }
        return self.sealed.rendered(basis=self.basis, now=self.now, usage=usage)


def served(sealed: Sealed, basis: Basis, now: bytes = NOTHING, *, kept: bool = True) -> Served:
    """An answer. ``kept``: the ledger keeps what was served, beside its hash."""
    content = sealed.content if kept else None
    receipt = Receipt(sealed.served_hash, sealed.portfolio_id, sealed.as_of, content)
    return Served(sealed, basis, now, receipt)
