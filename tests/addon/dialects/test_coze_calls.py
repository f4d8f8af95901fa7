"""Calls of a bot's own plugins, and their results."""

from __future__ import annotations

import json

import pytest

from addon.canon.events import ToolArguments, ToolCallStarted
from addon.canon.outbound import Target
from addon.dialects.coze_calls import Results, calls, outbound, results
from tests.addon.dialects import native
from tests.addon.dialects.sdk_traffic import sent_by
from tests.addon.dialects.test_coze import CODEC, built, target

USER = {"role": "user", "content": "Hi"}
ASKED = {"role": "assistant", "tool_calls": [native.call("coze_12_34_t_1", "f", "{}")]}


def told(call_id: str, text: str = "r") -> dict[str, str]:
    return {"role": "tool", "tool_call_id": call_id, "content": text}


def test_a_calls_id_names_its_chat() -> None:
    chat = {
        "id": "34",
        "conversation_id": "12",
        "required_action": {"submit_tool_outputs": {"tool_calls": [{"id": "t_1", "function": {"name": "f"}}]}},
    }
    assert list(calls(chat)) == [ToolCallStarted(0, "coze_12_34_t_1", "f"), ToolArguments(0, "{}")]
    assert list(calls({})) == []


def test_results_are_those_at_the_end() -> None:
    request = native.chat(USER, ASKED, told("coze_12_34_t_1", "a"), told("coze_12_34_t2", "b"))
    assert results(request) == Results("12", "34", (("t_1", "a"), ("t2", "b")))


@pytest.mark.parametrize(
    "messages",
    [
        [USER],
        [USER, ASKED, told("call_1")],
        [USER, ASKED, told("coze_12_34_t_1"), told("coze_12_99_t_1")],
        [USER, ASKED, told("coze_12_34_t_1"), USER],
    ],
    ids=["none", "somebody else's", "of two chats", "not at the end"],
)
def test_other_results_are_nobodys(messages: list[dict[str, object]]) -> None:
    assert results(native.chat(*messages)) is None


def test_a_conversation_may_begin_with_results() -> None:
    assert results(native.chat(told("coze_12_34_t"))) == Results("12", "34", (("t", "r"),))


def test_results_are_sent_to_the_chat() -> None:
    made = outbound(Target("https://api.coze.cn", "pat_fake", "1"), Results("12", "34", (("t", "19 °C"),)))
    assert made.url == "https://api.coze.cn/v3/chat/submit_tool_outputs?conversation_id=12&chat_id=34"
    assert made.secrets == (("authorization", "Bearer pat_fake"),)
    assert json.loads(made.body) == {"tool_outputs": [{"tool_call_id": "t", "output": "19 °C"}], "stream": True}


def test_results_are_sent_as_cozes_own_sdk_sends_them() -> None:
    call = """
from cozepy import Coze, TokenAuth, ToolOutput

def call(host, case):
    coze = Coze(auth=TokenAuth("pat_fake"), base_url=f"http://{host}")
    outputs = [ToolOutput(tool_call_id=name, output=text) for name, text in case]
    coze.chat.submit_tool_outputs(conversation_id="12", chat_id="34", tool_outputs=outputs, stream=False)
"""
    told = Results("12", "34", (("t", "19 °C"), ("u", "")))
    reply = {"code": 0, "msg": "", "data": {"id": "34", "conversation_id": "12", "status": "in_progress"}}
    [theirs] = sent_by(call, [told.outputs], reply)
    ours = outbound(Target("", "pat_fake", "1"), told)
    assert (theirs.path, theirs.headers["authorization"]) == (ours.url, "Bearer pat_fake")
    assert theirs.document | {"stream": True} == json.loads(ours.body)


def test_results_go_to_the_chat_that_waits_for_them() -> None:
    calls = [native.call("coze_12_34_t1", "f", "{}")]
    results = {"role": "tool", "tool_call_id": "coze_12_34_t1", "content": "19 degrees"}
    messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "tool_calls": calls}, results]
    outbound = built({"messages": messages})
    assert outbound.url == "https://api.coze.com/v3/chat/submit_tool_outputs?conversation_id=12&chat_id=34"
    outputs = [{"tool_call_id": "t1", "output": "19 degrees"}]
    assert json.loads(outbound.body) == {"tool_outputs": outputs, "stream": True}
    assert CODEC.follow_up is not None
    assert CODEC.follow_up(native.chat(*messages), target(), b"[event: done]", 1) is None
