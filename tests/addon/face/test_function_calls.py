from __future__ import annotations

from addon.canon.request import ChatRequest
from addon.face.function_calls import call_id, speaks_functions


def asked(**body: object) -> ChatRequest:
    return ChatRequest(body=body, raw=b"", model="m", messages=())


def test_only_a_client_without_tools_speaks_functions() -> None:
    assert speaks_functions(asked(functions=[{"name": "f"}]))
    assert not speaks_functions(asked(functions=[{"name": "f"}], tools=[{}]))
    assert not speaks_functions(asked(functions=[]))
    assert not speaks_functions(asked())


def test_ids_of_calls_differ_by_reply_choice_and_index() -> None:
    assert call_id("chatcmpl-abc", 0, 1) == "call_abc_0_1"
    assert len({call_id(reply, choice, index) for reply in "ab" for choice in (0, 1) for index in (0, 1)}) == 8
