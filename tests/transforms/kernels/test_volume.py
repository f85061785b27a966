from collections.abc import Callable

import pandas as pd

from transforms.kernels.volume import OnBalanceVolume

Run = Callable[..., pd.DataFrame]


def test_volume_counts_with_the_sign_of_the_change_from_0_on(run: Run, bars: Run) -> None:
    candles = bars([5.0, 6.0, 6.0, 4.0, 7.0], volume=[10.0, 20.0, 30.0, 40.0, 0.0])
    assert run([OnBalanceVolume()], candles)["obv"].tolist() == [0.0, 20.0, 20.0, -20.0, -20.0]
