"""For all tests: what was skipped and why, a line per reason, at the end.

With CI=true nothing may be skipped: a skip there hides a missing install step.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

IN_CI = os.environ.get("CI") == "true"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        return
    title = "may not be skipped: CI=true" if IN_CI else "skipped, because this machine lacks what they need"
    terminalreporter.section(title, red=IN_CI)
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    for reason, count in reasons.most_common():
        terminalreporter.line(f"{count:5d}  {reason}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if IN_CI and exitstatus == pytest.ExitCode.OK and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
