"""Files for a bot: which parts are uploaded, and the form."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from addon.canon.events import Failed
from addon.canon.fault import FaultKind
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry
from addon.dialects.coze_files import Upload, file_id, outbound, uploads
from tests.addon.dialects import native
from tests.addon.dialects.sdk_traffic import sent_by
from tests.addon.dialects.test_coze import CODEC, built, target

TARGET = Target("https://api.coze.com", "pat_fake", "1")
PICTURE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{native.PIXEL}"}}
FILE = {"type": "file", "file": {"filename": "a.bin", "file_data": "data:;base64,aGk="}}
SOUND = {"type": "input_audio", "input_audio": {"data": "AA==", "format": "mp3"}}
ADDRESS = {"type": "image_url", "image_url": {"url": "https://x.example/cat.png"}}


def test_uploads_are_the_parts_that_hold_their_content() -> None:
    request = native.chat(
        {"role": "system", "content": "S"},
        {"role": "user", "content": [ADDRESS, PICTURE, {"type": "text", "text": "T"}]},
        {"role": "user", "content": [SOUND, FILE]},
    )
    found = uploads(request.messages)
    assert [(one.param, one.media_type) for one in found] == [
        ("messages[1].content[1]", "image/png"),
        ("messages[2].content[0]", "audio/mp3"),
        ("messages[2].content[1]", found[2].media_type),
    ]
    assert found[0].data == native.PIXEL


@pytest.mark.parametrize(
    ("media_type", "name"),
    [("image/png", "file.png"), ("audio/wav", "file.wav"), ("audio/mp3", "file.mp3"), ("x/unheard-of", "file")],
)
def test_the_form_names_the_file_by_its_type(media_type: str, name: str) -> None:
    made = outbound(TARGET, Upload("p", media_type, base64.b64encode(b"hi").decode()))
    assert (made.method, made.url) == ("POST", "https://api.coze.com/v1/files/upload")
    assert made.secrets == (("authorization", "Bearer pat_fake"),)
    boundary = made.headers[0][1].partition("boundary=")[2]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"'
    assert made.body == f"{head}\r\nContent-Type: {media_type}\r\n\r\nhi\r\n--{boundary}--\r\n".encode()


def test_what_is_not_base64_is_refused() -> None:
    with pytest.raises(CannotCarry) as refused:
        outbound(TARGET, Upload("messages[0].content[1]", "image/png", "a*b="))
    assert refused.value.param == "messages[0].content[1]"


def test_the_id_is_in_the_data() -> None:
    assert file_id({"code": 0, "data": {"id": 7}}) == "7"
    with pytest.raises(KeyError):
        file_id({"code": 0})


def test_a_file_is_uploaded_as_cozes_own_sdk_does_it() -> None:
    call = """
from cozepy import Coze, TokenAuth

def call(host, case):
    coze = Coze(auth=TokenAuth("pat_fake"), base_url=f"http://{host}")
    coze.files.upload(file=("file.png", case.encode(), "image/png"))
"""
    [theirs] = sent_by(call, ["hi"], {"code": 0, "msg": "", "data": {"id": "7"}})
    ours = outbound(TARGET, Upload("p", "image/png", base64.b64encode(b"hi").decode()))
    assert (theirs.path, theirs.headers["authorization"]) == ("/v1/files/upload", "Bearer pat_fake")
    boundaries = [value.partition("boundary=")[2] for value in (theirs.headers["content-type"], ours.headers[0][1])]
    assert theirs.body.replace(boundaries[0], "B") == ours.body.decode().replace(boundaries[1], "B")


def pictures(*data: str) -> dict[str, Any]:
    urls = [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{one}"}} for one in data]
    return {"messages": [{"role": "user", "content": [{"type": "text", "text": "T"}, *urls]}], "model": "m"}


def test_files_are_uploaded_one_by_one_and_then_named() -> None:
    document = pictures("AAAA", "BBBB")
    request = native.chat(*document["messages"])
    replies: list[dict[str, Any]] = []
    paths = [built(document).url]
    while len(paths) < 4:
        replies.append({"code": 0, "data": {"id": f"f{len(replies)}"}})
        assert CODEC.follow_up is not None
        asked = CODEC.follow_up(request, target(), json.dumps(replies).encode(), len(replies))
        if asked is None:
            break
        paths.append(asked.outbound.url)
        last = asked
    upload, chat = "https://api.coze.com/v1/files/upload", "https://api.coze.com/v3/chat"
    assert (paths, last.live) == ([upload, upload, chat], True)
    [message] = json.loads(last.outbound.body)["additional_messages"]
    parts = json.loads(message["content"])
    assert [part.get("file_id") for part in parts] == [None, "f0", "f1"]


def test_a_file_that_is_refused_ends_the_attempt() -> None:
    request = native.chat(*pictures("AAAA")["messages"])
    refused = [{"code": 4303, "msg": "type"}]
    assert CODEC.follow_up is not None
    assert CODEC.follow_up(request, target(), json.dumps(refused).encode(), 1) is None
    [failed] = CODEC.read_reply(request, target(), json.dumps(refused[0]).encode())
    assert isinstance(failed, Failed) and failed.fault.kind is FaultKind.BAD_REQUEST


def test_nothing_is_uploaded_for_a_conversation_that_cannot_be_carried() -> None:
    with pytest.raises(CannotCarry):
        built({**pictures("AAAA"), "n": 2})
    with pytest.raises(CannotCarry):
        built(pictures("AAAA"), config={"api_version": "v2"})


def test_nothing_follows_a_conversation_without_files() -> None:
    assert CODEC.follow_up is not None
    assert CODEC.follow_up(native.chat(), target(), b"[event: done]", 1) is None
    assert CODEC.follow_up(native.chat(), target(config={"api_version": "v2"}), b"[event: done]", 1) is None
