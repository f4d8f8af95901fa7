from __future__ import annotations

import time

import pytest

from admin.pages import dashboard
from rules import tally
from rules.tally import HOUR, Sum
from rules.values import LogRow, LogType
from tests.admin.world import World


def call(world: World, **fields: object) -> None:
    values = {"user_id": 1, "created_at": int(time.time()), "type": LogType.CONSUME, "model_name": "gpt-4o"} | fields
    world.stores.logs.add(LogRow(**values))  # type: ignore[arg-type]


def test_at_first_it_says_what_to_do(world: World) -> None:
    page = world.browser("root").text("/")
    assert 'href="/setup/channel"' in page


def test_the_three_answers(world: World) -> None:
    world.channel()
    world.channel(status=3)
    for _ in range(3):
        call(world, quota=250_000)
    call(world, status=502, detail={"error": "upstream <fell> over"})
    call(world, quota=500_000, created_at=int(time.time()) - 2 * 86400)
    page = world.browser("root").text("/")
    assert "75.0 %" in page
    assert "$1.50" in page and "$2.50" in page
    assert "1 / 2" in page and "1 switched off automatically" in page
    assert "upstream &lt;fell&gt; over" in page and "gpt-4o" in page


def test_a_user_sees_what_is_his(world: World) -> None:
    world.channel()
    alice = world.user()
    call(world, quota=250_000, model_name="roots-model")
    call(world, quota=100_000, model_name="alices-model", user_id=alice.id)
    page = world.browser("alice").text("/")
    assert "alices-model" in page and "roots-model" not in page and "$0.20" in page


def test_the_notice_is_plain_text(world: World) -> None:
    world.stores.options.set("Notice", "<script>alert(1)</script>\nsecond line")
    page = world.browser("root").text("/")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>second line" in page


def test_while_the_log_is_added_up_the_page_asks_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "MOST_AT_ONCE", 1)
    world.channel()
    for _ in range(3):
        call(world, quota=250_000)
    browser = world.browser("root")
    assert 'hx-get="/dashboard/figures"' in browser.text("/")
    deadline = time.monotonic() + 10
    while "hx-get" in (part := browser.text("/dashboard/figures")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert "$1.50" in part


def test_days_are_the_last_seven_with_today_last() -> None:
    now = time.time()
    hour = int(now // HOUR)
    with_sums = [
        ((hour, "m"), Sum(quota=3)),
        ((hour - 24 * 3, "m"), Sum(quota=2)),
        ((hour - 24 * 30, "m"), Sum(quota=1)),
    ]
    from flask import Flask

    with Flask(__name__).test_request_context("/"):
        days = dashboard.by_day(with_sums, now)
    assert [day.sum.quota for day in days] == [0, 0, 0, 2, 0, 0, 3]


def test_bars_stand_on_the_line_and_the_tallest_is_the_dearest() -> None:
    days = [dashboard.Day("Mon", "2026-11-23", Sum(requests=1, quota=quota)) for quota in (0, 50, 100)]
    bars = dashboard.bars(days, 100)
    assert [bar.height for bar in bars] == [2, 60, 120]
    assert all(bar.top + bar.height == dashboard.PLOT.base for bar in bars)


@pytest.mark.parametrize(("quota", "text"), [(0, ""), (1, "<$0.01"), (1500, "$1.50"), (2_500_000, "$2.5k")])
def test_short_amounts(quota: int, text: str) -> None:
    assert dashboard.short(quota, 1000) == text
