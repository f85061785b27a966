"""How properties of whole worlds are tried: few examples, each of them long."""

from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

SEEDS = st.integers(0, 10**6)
BRIEFLY: Any = settings(  # a seed has no simpler one: nothing to shrink
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
