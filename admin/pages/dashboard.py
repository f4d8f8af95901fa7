"""The front page: is it working, what does it cost, what failed? From the tally, never from a scan of the log."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Blueprint, render_template

from admin.i18n import gettext as _
from admin.pages import logs
from admin.session import me, page_for
from admin.stores import options, stores
from rules.tally import EVERYONE, HOUR, Key, Sum
from rules.values import ChannelStatus, LogRecord, Role

blueprint = Blueprint("dashboard", __name__)

DAYS = 7
MOST_MODELS = 6
MOST_FAILURES = 6


@dataclass(frozen=True, slots=True)
class Day:
    """One day's bar, in the server's time zone."""

    label: str
    date: str
    sum: Sum


@dataclass(frozen=True, slots=True)
class Plot:
    """The measures of the plot, in its own units; `base` is the line the bars stand on."""

    step: int = 60
    width: int = 420
    height: int = 178
    base: int = 150
    tallest: int = 120


PLOT = Plot()


@dataclass(frozen=True, slots=True)
class Bar:
    day: Day
    middle: int
    top: int
    height: int
    text: str


@dataclass(frozen=True, slots=True)
class Model:
    name: str
    requests: int
    quota: int


@dataclass(frozen=True, slots=True)
class Channels:
    total: int
    enabled: int
    auto_disabled: int


@blueprint.get("/")
@page_for(Role.COMMON)
def show() -> str:
    return render_template("dashboard.html", **facts())


@blueprint.get("/dashboard/figures")
@page_for(Role.COMMON)
def figures() -> str:
    """What the page asks for again while the figures are made."""
    return render_template("dashboard_figures.html", **facts())


def facts() -> dict[str, Any]:
    everyone = me().role >= Role.ADMIN
    looked = stores().tally.look(EVERYONE if everyone else me().id)
    mine = looked or {}
    days = by_day(mine.items(), time.time())
    return {
        "counting": looked is None,
        "everyone": everyone,
        "notice": options().notice,
        "day": total(value for key, value in mine.items() if key[0] * HOUR > time.time() - 24 * HOUR),
        "days": days,
        "week_quota": sum(day.sum.quota for day in days),
        "models": by_model(mine.items()),
        "failures": failures(mine.values()),
        "channels": channels() if everyone else None,
        "bars": bars(days, options().quota_per_unit),
        "plot": PLOT,
        "what_went_wrong": logs.what_went_wrong,
        "what_was_said": logs.what_was_said,
    }


def total(parts: Iterable[Sum]) -> Sum:
    found = Sum()
    for part in parts:
        found.add(part)
    return found


def by_day(sums: Iterable[tuple[Key, Sum]], now: float) -> list[Day]:
    """The last seven days, today last, each from midnight to midnight here."""
    today = datetime.fromtimestamp(now, UTC).astimezone().date()
    dates = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    found = {day: Sum() for day in dates}
    dates_of_hours: dict[int, date] = {}
    for (hour, _model), value in sums:
        if hour not in dates_of_hours:
            dates_of_hours[hour] = datetime.fromtimestamp(hour * HOUR, UTC).astimezone().date()
        if dates_of_hours[hour] in found:
            found[dates_of_hours[hour]].add(value)
    names = _("Mon Tue Wed Thu Fri Sat Sun").split()
    return [Day(names[day.weekday()], day.isoformat(), value) for day, value in found.items()]


def by_model(sums: Iterable[tuple[Key, Sum]]) -> list[Model]:
    """The models that cost most in the last seven days."""
    found: dict[str, Sum] = {}
    first = int(time.time() // HOUR) - DAYS * 24
    for (hour, name), value in sums:
        if hour >= first:
            found.setdefault(name, Sum()).add(value)
    ordered = sorted(found.items(), key=lambda item: (-item[1].quota, -item[1].requests))
    return [Model(name, value.requests, value.quota) for name, value in ordered[:MOST_MODELS]]


def failures(sums: Iterable[Sum]) -> list[LogRecord]:
    """The newest failures, one per hour and model, looked up by id."""
    newest = sorted((value.last_failure for value in sums if value.last_failure), reverse=True)[:MOST_FAILURES]
    return [row for row in (stores().logs.get(row_id) for row_id in newest) if row]


def channels() -> Channels:
    counts = stores().channels.counts()
    return Channels(
        sum(counts.values()), counts.get(ChannelStatus.ENABLED, 0), counts.get(ChannelStatus.AUTO_DISABLED, 0)
    )


def bars(days: list[Day], per_unit: float) -> list[Bar]:
    """Where the bars of the days stand in the plot: seven rectangles need no library."""
    most = max((day.sum.quota for day in days), default=0) or 1
    found = []
    for index, day in enumerate(days):
        height = round(PLOT.tallest * day.sum.quota / most) or (2 if day.sum.requests else 0)
        middle = index * PLOT.step + PLOT.step // 2
        found.append(Bar(day, middle, PLOT.base - height, height, short(day.sum.quota, per_unit)))
    return found


def short(quota: int, per_unit: float) -> str:
    """An amount that fits above a bar; nothing for nothing."""
    amount = quota / per_unit
    if not quota:
        return ""
    if amount >= 1000:
        return f"${amount / 1000:,.1f}k"
    return f"${amount:,.2f}" if amount >= 0.01 else "<$0.01"
