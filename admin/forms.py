"""A form between two pages: what was typed, and what is wrong with it. Nothing typed is ever lost.

Must not know any noun.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from admin import refusals
from admin.i18n import gettext as _
from rules.errors import Invalid

SEPARATORS = re.compile(r"[,，;；\s]+")


@dataclass(slots=True)
class Form:
    """`problems` are messages by field name; "" is the form as a whole."""

    values: dict[str, object] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def refuse(self, refusal: Invalid, shown_at: Mapping[str, str] | None = None) -> None:
        """Show what a store refused at its field; `shown_at` maps store fields to form fields."""
        name = (shown_at or {}).get(refusal.field, refusal.field)
        message = refusals.words(refusal)
        self.problems[name if name in self.values else ""] = message

    def text(self, name: str) -> str:
        return str(self.values.get(name, "")).strip()


def typed(sent: Mapping[str, str], *names: str, flags: tuple[str, ...] = ()) -> Form:
    """The form as it was sent: these fields and no others; a flag that was not sent is off."""
    values: dict[str, object] = {name: sent.get(name, "") for name in names}
    return Form(values | {name: bool(sent.get(name)) for name in flags})


def one_per_line(text: str) -> str:
    """A list as people type it (commas of either script, spaces, line ends), as a comma list."""
    return ",".join(part for part in SEPARATORS.split(text) if part)


def comma_text(text: str) -> str:
    """A comma list, with a space after each comma so that it can wrap."""
    return ", ".join(part.strip() for part in text.split(",") if part.strip())


def whole(form: Form, name: str, default: int = 0) -> int:
    """A whole number, or a problem at its field."""
    text = form.text(name)
    if not text:
        return default
    if not re.fullmatch(r"-?\d{1,9}", text):
        form.problems[name] = _("A whole number, please")
        return default
    return int(text)


def dollars(form: Form, name: str, per_unit: float) -> int:
    """An amount in dollars as quota, or a problem at its field."""
    text = form.text(name).removeprefix("$").replace(",", "").strip()
    if not re.fullmatch(r"\d{1,12}(\.\d{0,8})?|\.\d{1,8}", text):
        form.problems[name] = _("An amount in dollars, please, for example 10 or 0.5")
        return 0
    return round(float(text) * per_unit)


def moment(form: Form, name: str, default: int) -> int:
    """A date and time in this server's time zone as Unix seconds, or a problem at its field. Empty: the default."""
    text = form.text(name)
    if not text:
        return default
    try:
        return int(datetime.fromisoformat(text).astimezone().timestamp())
    except (ValueError, OverflowError, OSError):
        form.problems[name] = _("A date and time, please")
        return default


def moment_text(timestamp: int) -> str:
    """Unix seconds as the browser's date field wants them; "" for none."""
    if timestamp <= 0:
        return ""
    return datetime.fromtimestamp(timestamp, UTC).astimezone().strftime("%Y-%m-%dT%H:%M")
