"""One line that says how far a long job has got."""

import io

from pipeline.progress_line import ProgressLine, Rate


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_line_is_redrawn_and_cleared_at_the_end() -> None:
    drawn = []
    terminal = Terminal()
    with ProgressLine(lambda: drawn.append(1) or "half way", terminal):
        while not drawn:
            pass
    assert "\rhalf way" in terminal.getvalue().replace("\x1b[K", "")
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_nothing_is_printed_when_it_is_switched_off() -> None:
    terminal = Terminal()
    with ProgressLine(lambda: "never", terminal, enabled=False):
        pass
    assert terminal.getvalue() == ""


def test_a_rate_is_of_what_came_since_the_last_call() -> None:
    rate = Rate()
    assert rate(0) == 0.0
    assert rate(1_000_000) > 0.0
