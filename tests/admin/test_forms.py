from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from admin import forms
from admin.forms import Form, typed
from rules.errors import Invalid


@pytest.fixture(autouse=True)
def context() -> object:
    with Flask(__name__).test_request_context("/", headers={"Accept-Language": "en"}):
        yield


def test_typed_takes_known_fields_and_flags() -> None:
    form = typed({"a": " x ", "evil": "1", "on": "on"}, "a", "b", flags=("on", "off"))
    assert form.values == {"a": " x ", "b": "", "on": True, "off": False}
    assert form.text("a") == "x"


def test_refuse_shows_a_problem_at_its_field_or_above_the_form() -> None:
    form = Form({"remain": "1"})
    form.refuse(Invalid("参数错误：令牌额度不能为负数", "remain_quota"), {"remain_quota": "remain"})
    form.refuse(Invalid("渠道不存在", "id"))
    assert form.problems == {"remain": "The quota of a token cannot be negative", "": "There is no such channel"}


def test_lists_are_read_as_people_type_them() -> None:
    assert forms.one_per_line(" gpt-4o，claude\n\n qwen;  x,") == "gpt-4o,claude,qwen,x"
    assert forms.comma_text("a,b ,,c") == "a, b, c"


@pytest.mark.parametrize(
    ("text", "number", "fine"),
    [("5", 5, True), ("-3", -3, True), ("", 0, True), ("x", 0, False), ("1.5", 0, False), ("9" * 12, 0, False)],
)
def test_whole(text: str, number: int, fine: bool) -> None:
    form = Form({"n": text})
    assert forms.whole(form, "n") == number
    assert ("n" not in form.problems) is fine


@pytest.mark.parametrize(
    ("text", "quota", "fine"),
    [
        ("10", 5_000_000, True),
        ("$1,000.50", 500_250_000, True),
        (".5", 250_000, True),
        ("0", 0, True),
        ("", 0, False),
        ("-1", 0, False),
        ("ten", 0, False),
        ("1e9", 0, False),
        ("nan", 0, False),
    ],
)
def test_dollars(text: str, quota: int, fine: bool) -> None:
    form = Form({"n": text})
    assert forms.dollars(form, "n", 500_000) == quota
    assert ("n" not in form.problems) is fine


def test_moment_there_and_back() -> None:
    timestamp = int(datetime(2026, 11, 23, 18, 30, tzinfo=UTC).timestamp())
    form = Form({"at": forms.moment_text(timestamp)})
    assert forms.moment(form, "at", -1) == timestamp
    assert forms.moment_text(-1) == ""


@pytest.mark.parametrize(("text", "fine"), [("", True), ("tomorrow", False), ("99999-01-01T00:00", False)])
def test_moment_that_is_none(text: str, fine: bool) -> None:
    form = Form({"at": text})
    assert forms.moment(form, "at", -1) == -1
    assert ("at" not in form.problems) is fine
