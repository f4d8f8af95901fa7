from __future__ import annotations

from rules.database import Database
from rules.log_rows import columns_of, insert_log, record_of
from rules.models import Logs
from rules.values import LogRecord, LogType
from tests.rules.builders import column, log_row


def test_a_row_comes_back_as_it_was_written(database: Database) -> None:
    row = log_row(
        type=LogType.CONSUME,
        content="倍率：1.00 × 1.00",
        token_name="laptop",
        model_name="gpt-4o",
        quota=3,
        prompt_tokens=1,
        completion_tokens=2,
        channel=4,
        request_id="r",
        elapsed_ms=500,
        first_byte_ms=100,
        is_stream=True,
        stream_end="done",
        status=200,
        system_prompt_reset=True,
        estimated=True,
        uncollected=1,
        detail={"attempts": [{"channel": 4}], "模型": "甲"},
    )
    log_id = insert_log(database, row)
    found = database.row(Logs.select())
    assert found is not None
    record = record_of(found)
    values = {name: getattr(row, name) for name in row.__dataclass_fields__}
    assert record == LogRecord(**values, id=log_id)


def test_texts_of_clients_are_cut_and_cleaned_never_refused(database: Database) -> None:
    row = log_row(
        content="a\x00b\ud800" + "x" * 70_000, username="u" * 80, model_name="模" * 300, detail={"\x00\ud800": "\x00"}
    )
    log_id = insert_log(database, row)
    assert column(database, Logs, log_id, "content")[:4] == "ab?x"
    assert len(column(database, Logs, log_id, "content")) == 60_000
    assert column(database, Logs, log_id, "username") == "u" * 64
    assert column(database, Logs, log_id, "model_name") == "模" * 255


def test_a_detail_that_cannot_be_read_is_empty() -> None:
    columns = columns_of(log_row())
    assert columns["detail"] == ""
    for text in ("{", "[1]", ""):
        assert record_of(columns | {"detail": text, "id": 1}).detail == {}
