"""How values look to a person: money, times, durations, counts. Jinja filters, in the request's language.

Must not know where a value comes from.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from babel.dates import format_timedelta
from babel.numbers import format_decimal
from flask import g
from markupsafe import Markup, escape

from admin.i18n import gettext as _
from admin.i18n import language

BABEL_LOCALE = {"en": "en_US", "zh": "zh_Hans_CN"}
DEFAULT_QUOTA_PER_UNIT = 500_000.0
SIGNS = {"USD": "$", "CNY": "¥"}


def dollars(quota: int, per_unit: float) -> str:
    """`$1,234.50`, and for small amounts as many digits as tell something: `$0.00042`. 0 is `$0`."""
    if quota == 0:
        return "$0"
    amount = quota / (per_unit or DEFAULT_QUOTA_PER_UNIT)
    sign = "-" if amount < 0 else ""
    amount = abs(amount)
    if amount >= 1:
        return f"{sign}${amount:,.2f}"
    digits = f"{amount:.6f}" if amount >= 0.0001 else f"{amount:.8f}"
    return f"{sign}${digits.rstrip('0').ljust(4, '0')}"


def money(quota: int) -> Markup:
    """A quota as dollars, with the exact quota in the tooltip."""
    return _money(quota, dollars(quota, _per_unit()))


def cents(quota: int) -> Markup:
    """The same for sums, where a cent is exact enough."""
    return _money(quota, rounded(quota, _per_unit()))


def _money(quota: int, text: str) -> Markup:
    title = _("%(count)s quota", count=number(quota))
    return Markup('<span class="money" title="{}">{}</span>').format(title, text)


def rounded(quota: int, per_unit: float) -> str:
    """`$1,234.50`, `$0.86`, `<$0.01`, `$0`."""
    amount = quota / (per_unit or DEFAULT_QUOTA_PER_UNIT)
    if quota > 0 and amount < 0.01:
        return "<$0.01"
    return f"-${-amount:,.2f}" if amount < 0 else "$0" if not quota else f"${amount:,.2f}"


def number(value: float) -> str:
    return format_decimal(value, locale=BABEL_LOCALE[language()])


def moment(timestamp: int) -> str:
    """The exact local time with its zone."""
    return datetime.fromtimestamp(timestamp, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def relative(timestamp: int, now: float) -> str:
    """`3 minutes ago`, `in 2 days`."""
    delta = timedelta(seconds=timestamp - now)
    if abs(delta) < timedelta(seconds=5):
        return _("just now")
    return format_timedelta(delta, add_direction=True, locale=BABEL_LOCALE[language()])


def ago(timestamp: int) -> Markup:
    """A relative time, with the exact one in the tooltip. 0: never."""
    if timestamp <= 0:
        return Markup('<span class="faint">{}</span>').format(_("never"))
    machine = datetime.fromtimestamp(timestamp, UTC).isoformat()
    text = relative(timestamp, time.time())
    return Markup('<time datetime="{}" title="{}">{}</time>').format(machine, moment(timestamp), text)


def duration(milliseconds: int) -> str:
    """`840 ms`, `2.41 s`, `3 min 20 s`."""
    if milliseconds < 1000:
        return _("%(count)s ms", count=milliseconds)
    seconds = milliseconds / 1000
    if seconds < 120:
        return _("%(count)s s", count=f"{seconds:.2f}")
    return _("%(minutes)s min %(seconds)s s", minutes=int(seconds // 60), seconds=int(seconds % 60))


def balance(amount: float, currency: str) -> str:
    """What is left at a provider, in what it counts there: `¥110.00`, `$7.50`, `4,321 points`. Nothing is converted."""
    if currency in SIGNS:
        return f"{'-' if amount < 0 else ''}{SIGNS[currency]}{abs(amount):,.2f}"
    rounded = number(round(amount))
    match currency:
        case "points":
            return _("%(count)s points", count=rounded)
        case "characters":
            return _("%(count)s characters", count=rounded)
    return f"{amount:,.2f} {currency}"


def lines(text: str) -> Markup:
    """Text as typed: escaped, line ends kept."""
    return Markup("<br>").join(escape(line) for line in text.splitlines())


def _per_unit() -> float:
    return float(g.get("quota_per_unit", DEFAULT_QUOTA_PER_UNIT))


def sentence(text: str) -> str:
    """A note of the provider table as a sentence."""
    end = "" if text.endswith(("…", ".", "。")) else "。" if language() == "zh" else "."
    return text[:1].upper() + text[1:] + end if " " in text or language() == "zh" else text


FILTERS = {
    "balance": balance,
    "money": money,
    "cents": cents,
    "number": number,
    "ago": ago,
    "moment": moment,
    "duration": duration,
    "lines": lines,
    "sentence": sentence,
}
