"""Files named by their ids: whose they are and where. The whole way is shown in tests/e2e/test_passthrough.py."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from addon.canon.request import Endpoint, Request
from addon.errors import Refusal
from addon.named_files import file_ids, in_batch, with_files
from addon.plan import Candidate, candidate
from rules.database import Database, connect
from rules.objects import ObjectStore
from tests.addon.dialects.pictures import picture
from tests.addon.exchanges import MEANS
from tests.builders import caller, channel, chat, snapshot, user
from tests.forms import media_request

ANN, BOB = caller(user=user(id=1)), caller(user=user(id=2))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = connect(data_dir=tmp_path)
    made.migrate()
    ObjectStore(made).remember(1, 5, ["file-ann", "file-too"])
    ObjectStore(made).remember(1, 6, ["file-there"])
    ObjectStore(made).remember(2, 5, ["file-bob"])
    yield made
    made.close_all()


def candidates(*ids: int) -> tuple[Candidate, ...]:
    channels = [channel(id=one) for one in ids]
    picture_of = snapshot(channels=channels)
    found = [candidate(picture_of, ANN, one, Endpoint.CHAT, "gpt-4o", MEANS, 1) for one in channels]
    return tuple(one for one in found if one is not None)


def naming(*ids: str) -> Request:
    parts = [{"type": "file", "file": {"file_id": one}} for one in ids]
    return chat(messages=[{"role": "user", "content": [{"type": "text", "text": "read"}, *parts]}])


def run(database: Database, request: Request, among: tuple[Candidate, ...], who: Any = ANN) -> Any:
    return asyncio.run(with_files(database, who, request, among))


def test_a_request_without_files_is_left_alone(database: Database) -> None:
    for request in (chat(), picture(), media_request(Endpoint.SPEECH, model="m", input="hi", voice="x")):
        among = candidates(5, 6)
        assert run(database, request, among) == (request, among)


def test_an_own_file_leads_to_its_channel(database: Database) -> None:
    _, [one] = run(database, naming("file-ann", "file-too"), candidates(6, 5, 7))
    assert one.channel.id == 5


@pytest.mark.parametrize("named", [["file-bob"], ["file-ann", "file-bob"], ["file-unknown"], ["x" * 300]])
def test_what_is_somebody_elses_is_not_there(database: Database, named: list[str]) -> None:
    refused = run(database, naming(*named), candidates(5))
    assert isinstance(refused, Refusal)
    assert (refused.status, refused.message) == (404, f"No such File object: {named[-1]}")
    assert refused.param == f"messages[0].content[{len(named)}].file.file_id"


@pytest.mark.parametrize("named", [["file-there"], ["file-ann", "file-there"]])
def test_files_at_no_channel_that_serves_are_told(database: Database, named: list[str]) -> None:
    refused = run(database, naming(*named), candidates(5))
    assert isinstance(refused, Refusal) and refused.status == 400


def test_what_is_read_is_what_is_sent(database: Database) -> None:
    told = '[{"role":"user","content":[{"type":"file","file":{"file_id":"file-bob","file_id":"file-ann"}}]}]'
    request = chat(messages=json.loads(told))
    sent, _ = run(database, request, candidates(5))
    assert b"file-bob" not in sent.raw and json.loads(sent.raw) == request.body


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        (naming("a"), [("a", "messages[0].content[1].file.file_id")]),
        (
            chat(
                messages=[
                    {"role": "user", "content": [{"type": "file", "file": {"file_data": "eA==", "file_id": "a"}}]}
                ]
            ),
            [("a", "messages[0].content[0].file.file_id")],
        ),
        (
            picture(Endpoint.IMAGE_EDITS, images=[{"file_id": "a"}], mask={"file_id": "b"}),
            [("a", "images[0].file_id"), ("b", "mask.file_id")],
        ),
        (picture(image={"file_ids": ["a", "b", 3]}), [("a", "image.file_ids"), ("b", "image.file_ids")]),
        (picture(image=[[[[[{"file_id": "too deep"}]]]]]), []),
        (chat(messages=[{"role": "user", "content": '{"file_id": "a"}'}]), []),
        (chat(tools=[{"type": "function", "function": {"name": "f", "parameters": {"file_id": "a"}}}]), []),
    ],
)
def test_where_files_are_named(request_: Request, found: list[tuple[str, str]]) -> None:
    assert list(file_ids(request_)) == found


def line(*parts: str) -> str:
    message = {"role": "user", "content": "PARTS"}
    document = {"custom_id": "1", "method": "POST", "url": "/v1/chat/completions", "body": {"messages": [message]}}
    return json.dumps(document).replace('"PARTS"', f"[{', '.join(parts)}]")


def form(purpose: str, text: str) -> bytes:
    fields = (("purpose", "", purpose), ("file", '; filename="in.jsonl"', text))
    parts = [
        f'--b\r\ncontent-disposition: form-data; name="{name}"{more}\r\n\r\n{data}\r\n' for name, more, data in fields
    ]
    return ("".join(parts) + "--b--\r\n").encode()


FILE = '{"type": "file", "file": {"file_id": "%s"}}'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("\n".join([line(FILE % "a"), line('{"type": "text"}'), line(FILE % "b", FILE % "a")]), ["a", "b"]),
        (line('{"type": "file", "file": {"file\\u005fid": "a"}}'), ["a"]),
        (line('{"type": "file", "file": {"file_id": "a", "file_id": "b"}}'), ["a", "b"]),
        ('{"body": {"input": [{"content": [{"type": "input_file", "file_id": "a"}]}]}}\r\n', ["a"]),
        ('{"body": {"tools": [{"container": {"file_ids": ["a", "b"]}}]}}', ["a", "b"]),
        ('{"body": {"tools": [{"parameters": {"properties": {"file_id": {"type": "string"}}}}]}}', []),
        ('no JSON\n{"x":\r"y", "file_id": "a"}', ["a"]),
    ],
)
def test_the_lines_of_a_batch_name_files(text: str, found: list[str]) -> None:
    assert in_batch("multipart/form-data; boundary=b", form("batch", text)) == found
    assert in_batch("multipart/form-data; boundary=b", form("fine-tune", text)) == []


@pytest.mark.parametrize(
    ("content_type", "raw"), [("application/json", b"{}"), ("multipart/form-data; boundary=b", b"x")]
)
def test_an_upload_that_is_no_form_is_an_error(content_type: str, raw: bytes) -> None:
    with pytest.raises(ValueError, match="boundary"):
        in_batch(content_type, raw)
