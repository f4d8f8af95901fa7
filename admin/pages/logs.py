"""Logs as pages: filters, pages by id (never by number), and what one request was: attempts, end, price."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template, request

from admin.forms import Form, moment, typed, whole
from admin.i18n import N_
from admin.i18n import gettext as _
from admin.pages.log_prices import computation
from admin.session import me, page_for
from admin.stores import stores
from rules.logs import LogFilter
from rules.tally import failed as row_failed
from rules.values import LogRecord, LogType, Role

blueprint = Blueprint("logs", __name__, url_prefix="/logs")

PAGE_SIZE = 30
FILTERS = ("type", "model_name", "token_name", "username", "channel", "since", "until")
KINDS = {
    LogType.CONSUME: N_("requests"),
    LogType.TEST: N_("channel tests"),
    LogType.TOPUP: N_("top-ups"),
    LogType.MANAGE: N_("changes"),
    LogType.SYSTEM: N_("system"),
}
STREAM_ENDS = {
    "done": N_("came whole"),
    "truncated": N_("cut off by the provider"),
    "client_gone": N_("the app left before its end"),
    "error": N_("ended with an error"),
}
FAILED_ENDS = ("truncated", "error")
# The words for a status below each number.
STATUS_WORDS: tuple[tuple[float, str], ...] = (
    (400, N_("ended with an error")),
    (401, N_("not possible as asked (%(status)s)")),
    (402, N_("key refused (%(status)s)")),
    (403, N_("nothing left to pay with (%(status)s)")),
    (404, N_("not allowed (%(status)s)")),
    (429, N_("not possible as asked (%(status)s)")),
    (430, N_("too many requests (%(status)s)")),
    (500, N_("not possible as asked (%(status)s)")),
    (float("inf"), N_("failed on the other side (%(status)s)")),
)
DOORS = {"base": N_("base URL"), "proxy": N_("proxy, intercepted")}
SERVED = ("served", "streamed")
ATTEMPT_WORDS = {"served": N_("answered"), "streamed": N_("streamed")}


@blueprint.get("")
@page_for(Role.COMMON)
def show() -> str:
    everyone = me().role >= Role.ADMIN
    form = typed(request.args, *FILTERS)
    before = max(0, request.args.get("before", 0, int))
    found = stores().logs.newest(asked(form, everyone, before), PAGE_SIZE + 1)
    rows = found[:PAGE_SIZE]
    kept = {name: form.text(name) for name in FILTERS if form.text(name)}
    return render_template(
        "logs/list.html",
        form=form,
        rows=rows,
        more=len(found) > PAGE_SIZE,
        before=before,
        kept=kept,
        filtered=bool(kept),
        everyone=everyone,
        kinds=[("", _("everything")), *((int(kind), _(text)) for kind, text in KINDS.items())],
        channel_names=stores().channels.names({row.channel for row in rows if row.channel}) if everyone else {},
        **words(),
    )


@blueprint.get("/<int:log_id>")
@page_for(Role.COMMON)
def detail(log_id: int) -> str:
    everyone = me().role >= Role.ADMIN
    row = stores().logs.get(log_id, None if everyone else me().id) or abort(404)
    template = "logs/detail_row.html" if "HX-Request" in request.headers else "logs/detail.html"
    return render_template(template, row=row, everyone=everyone, computation=computation, **words())


def asked(form: Form, everyone: bool, before: int = 0) -> LogFilter:
    """The filter that was typed; only admins may ask about others. A known user is looked for by id: quicker."""
    named = stores().users.find(form.text("username")) if everyone and form.text("username") else None
    return LogFilter(
        user_id=(named.id if named else None) if everyone else me().id,
        type=whole(form, "type"),
        start_timestamp=moment(form, "since", 0),
        end_timestamp=moment(form, "until", 0),
        username=form.text("username") if everyone and not named else "",
        token_name=form.text("token_name"),
        model_name=form.text("model_name"),
        channel=whole(form, "channel") if everyone else 0,
        before_id=before,
    )


def words() -> dict[str, Any]:
    """How rows are put into words; for templates."""
    return {
        "failed": failed,
        "what_went_wrong": what_went_wrong,
        "what_was_said": what_was_said,
        "kind_of": kind_of,
        "stream_end": lambda row: _(STREAM_ENDS[row.stream_end]) if row.stream_end in STREAM_ENDS else _("unknown"),
        "door_name": lambda door: _(DOORS[door]) if door in DOORS else str(door),
        "attempt_served": lambda attempt: attempt.get("outcome") in SERVED,
        "attempt_words": attempt_words,
    }


def failed(row: LogRecord) -> bool:
    if row.type == LogType.TEST:
        return row.status != 200
    return row.type == LogType.CONSUME and row_failed(row.status, row.stream_end)


def what_went_wrong(row: LogRecord) -> str:
    if row.type == LogType.TEST:
        return _("test failed")
    if row.stream_end in FAILED_ENDS and row.status == 200:
        return _(STREAM_ENDS[row.stream_end])
    words = next(words for beyond, words in STATUS_WORDS if row.status < beyond)
    return _(words, status=row.status)


def what_was_said(row: LogRecord) -> str:
    """The provider's words, or ours, about what went wrong; of a test without One API's heading."""
    if row.type == LogType.TEST:
        return row.content.partition("错误：")[2] or row.content
    return str(row.detail.get("error") or "")


def kind_of(row: LogRecord) -> str:
    kinds: dict[int, str] = {int(kind): text for kind, text in KINDS.items()}
    return _(kinds[row.type]) if row.type in kinds else _("other")


def attempt_words(attempt: dict[str, Any]) -> str:
    outcome = str(attempt.get("outcome") or "")
    if outcome in ATTEMPT_WORDS:
        return _(ATTEMPT_WORDS[outcome])
    status = attempt.get("status")
    return _("failed (%(status)s)", status=status) if status else _("failed")
