from __future__ import annotations

from rules.errors import Invalid


def test_a_refused_write_names_the_field_and_reads_as_its_message() -> None:
    error = Invalid("参数错误：令牌名称过长", "name")
    assert (str(error), error.message, error.field) == ("参数错误：令牌名称过长", "参数错误：令牌名称过长", "name")
