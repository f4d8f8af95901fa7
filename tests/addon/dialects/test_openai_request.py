"""Requests: which address, which headers, and which bytes of the client's document change."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from addon.canon.outbound import Quirks, Target
from addon.canon.request import CannotCarry, ChatRequest, Endpoint, Request
from addon.dialects import DIALECTS
from addon.dialects.openai_request import build, document
from addon.face.decode import decode
from rules.provider import Provider
from rules.providers import PROVIDERS, by_id

RAW = (
    b'{ "messages":[{"role":"user","content":"h\\u00e9"}],\n "model" : "gpt-4o", "x_unknown":{"model":"gpt-4o"},'
    b'"temperature":1.0 }'
)


def chat(raw: bytes = RAW) -> ChatRequest:
    request = decode(Endpoint.CHAT, "application/json", raw)
    assert isinstance(request, ChatRequest)
    return request


def to(channel_type: int = 1, **fields: Any) -> Target:
    row = PROVIDERS[channel_type]
    known = {"base_url": row.base_url, "key": "sk-fake-upstream", "model": "gpt-4o", "quirks": Quirks(**row.quirks)}
    return Target(**(known | fields))


def of(endpoint: Endpoint, **fields: Any) -> Request:
    body = {
        Endpoint.CHAT: {"messages": [{"role": "user", "content": "hi"}]},
        Endpoint.COMPLETIONS: {"prompt": "hi"},
        Endpoint.EMBEDDINGS: {"input": "hi"},
    }[endpoint]
    return decode(endpoint, "application/json", json.dumps({"model": "gpt-4o", **body, **fields}).encode())


def test_build_sends_the_clients_bytes_to_openai() -> None:
    outbound = build(chat(), to())
    assert (outbound.method, outbound.url) == ("POST", "https://api.openai.com/v1/chat/completions")
    assert outbound.body is chat().raw or outbound.body == RAW
    assert dict(outbound.headers) == {"content-type": "application/json", "accept": "application/json"}
    assert outbound.secrets == (("authorization", "Bearer sk-fake-upstream"),)
    assert b"sk-fake" not in outbound.body and "sk-fake" not in str(outbound.headers) + outbound.url


def test_document_changes_the_mapped_model_and_nothing_else() -> None:
    assert document(chat(), to(model="o3")) == RAW.replace(b'"model" : "gpt-4o"', b'"model" : "o3"')


def test_document_asks_for_usage_in_streams_and_changes_nothing_else() -> None:
    raw = RAW.replace(b'"temperature"', b'"stream":true,"temperature"')
    asked = document(chat(raw), to())
    assert asked == raw.replace(b"1.0 }", b'1.0,"stream_options":{"include_usage":true} }')
    own = raw.replace(b"1.0 }", b'1.0, "stream_options": {"include_obfuscation" : false}}')
    assert json.loads(document(chat(own), to()))["stream_options"] == {
        "include_obfuscation": False,
        "include_usage": True,
    }
    already = raw.replace(b"1.0 }", b'1.0, "stream_options": { "include_usage" : true}}')
    assert document(chat(already), to()) == already


def test_document_leaves_out_stream_options_where_they_are_not_known() -> None:
    raw = b'{"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true}}'
    request = replace(chat(), raw=raw, body=json.loads(raw), stream=True, include_usage=True)
    made = document(request, to(model="m", quirks=Quirks(stream_usage=False)))
    assert made == b'{"model":"m","messages":[],"stream":true}'


def test_document_puts_the_channels_system_prompt_in() -> None:
    prompt = 'Say "ahoy"'
    made = document(chat(), to(system_prompt=prompt))
    assert made == RAW.replace(b'[{"role":"user"', b'[{"role":"system","content":"Say \\"ahoy\\""},{"role":"user"')
    raw = b'{"model":"gpt-4o","messages":[{"role":"system", "content":"old","name":"n"},{"role":"user","content":"x"}]}'
    assert document(chat(raw), to(system_prompt=prompt)) == raw.replace(b'"old"', b'"Say \\"ahoy\\""')


def test_document_of_a_completion_has_no_system_prompt() -> None:
    request = of(Endpoint.COMPLETIONS)
    assert document(request, to(system_prompt="x")) == request.raw


def test_document_in_another_encoding_is_written_anew() -> None:
    request = replace(chat(), raw=RAW.decode().encode("utf-16"))
    assert json.loads(document(request, to(model="o3"))) == {**request.body, "model": "o3"}


def test_document_fits_what_the_row_says() -> None:
    quirks = Quirks(
        drop=("seed",),
        rename=(("max_completion_tokens", "max_tokens"), ("stop", "end")),
        clamp=(("temperature", 0, 1), ("top_p", 0.1, 0.9), ("n", 0, 0)),
        roles=(("developer", "system"),),
        message_drop=("name",),
        message_rename=(("reasoning_content", "reasoning"),),
    )
    given = {
        "seed": 1,
        "max_completion_tokens": 5,
        "max_tokens": 6,
        "stop": ["x"],
        "temperature": 1.5,
        "top_p": 0.01,
        "logprobs": True,
        "messages": [
            {"role": "developer", "content": "a"},
            {"role": "user", "content": "b", "name": "n"},
            {"role": "assistant", "content": "c", "reasoning_content": "d"},
        ],
    }
    made = json.loads(document(of(Endpoint.CHAT, **given), to(quirks=quirks)))
    assert made == {
        "model": "gpt-4o",
        "max_tokens": 6,
        "end": ["x"],
        "temperature": 1,
        "top_p": 0.1,
        "logprobs": True,
        "messages": [
            {"role": "system", "content": "a"},
            {"role": "user", "content": "b"},
            {"role": "assistant", "content": "c", "reasoning": "d"},
        ],
    }


@pytest.mark.parametrize(
    ("channel_type", "fields", "endpoint", "url"),
    [
        (1, {}, Endpoint.EMBEDDINGS, "https://api.openai.com/v1/embeddings"),
        (8, {"base_url": "https://x.example"}, Endpoint.COMPLETIONS, "https://x.example/v1/completions"),
        (8, {"base_url": "https://x.example/v1"}, Endpoint.CHAT, "https://x.example/v1/chat/completions"),
        (20, {}, Endpoint.CHAT, "https://openrouter.ai/api/v1/chat/completions"),
        (27, {}, Endpoint.CHAT, "https://api.minimax.chat/v1/text/chatcompletion_v2"),
        (29, {}, Endpoint.CHAT, "https://api.groq.com/openai/v1/chat/completions"),
        (36, {}, Endpoint.COMPLETIONS, "https://api.deepseek.com/beta/completions"),
        (40, {}, Endpoint.CHAT, "https://ark.cn-beijing.volces.com/api/v3/chat/completions"),
        (40, {"model": "bot-1"}, Endpoint.CHAT, "https://ark.cn-beijing.volces.com/api/v3/bots/chat/completions"),
        (40, {"model": "bot-1"}, Endpoint.EMBEDDINGS, "https://ark.cn-beijing.volces.com/api/v3/embeddings"),
        (41, {}, Endpoint.CHAT, "https://api.novita.ai/v3/openai/chat/completions"),
        (47, {}, Endpoint.CHAT, "https://qianfan.baidubce.com/v2/chat/completions"),
        (49, {}, Endpoint.CHAT, "https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions"),
        (50, {"base_url": "https://x.example/api/v4"}, Endpoint.CHAT, "https://x.example/api/v4/chat/completions"),
        (51, {}, Endpoint.CHAT, "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions"),
        (
            1,
            {"base_url": "https://gateway.ai.cloudflare.com/v1/acct/gw/openai"},
            Endpoint.CHAT,
            "https://gateway.ai.cloudflare.com/v1/acct/gw/openai/chat/completions",
        ),
    ],
)
def test_build_finds_the_providers_address(
    channel_type: int, fields: dict[str, Any], endpoint: Endpoint, url: str
) -> None:
    assert build(of(endpoint), to(channel_type, **fields)).url == url


def test_build_fills_the_path_from_the_channels_config() -> None:
    quirks = Quirks(version_prefix="/accounts/{user_id}/v1")
    outbound = build(chat(), to(50, base_url="https://x.example", quirks=quirks, config={"user_id": "0123abc"}))
    assert outbound.url == "https://x.example/accounts/0123abc/v1/chat/completions"
    for config in ({}, {"user_id": ""}):
        with pytest.raises(CannotCarry, match="user_id"):
            build(chat(), to(50, base_url="https://x.example", quirks=quirks, config=config))


def test_build_asks_for_a_stream_and_adds_the_rows_headers() -> None:
    outbound = build(of(Endpoint.CHAT, stream=True), to(20))
    assert dict(outbound.headers) == {
        "content-type": "application/json",
        "accept": "text/event-stream",
        "http-referer": "https://github.com/songquanpeng/one-api",
        "x-title": "One API",
    }


def test_a_made_up_compatible_provider_is_one_row() -> None:
    row = Provider(900, "made-up", "Made Up", "Made Up", "https://api.made-up.example", quirks={"drop": ("seed",)})
    table = by_id([*PROVIDERS.values(), row])
    dialect = DIALECTS[table[900].dialect]
    target = Target(table[900].base_url, "sk-fake", "made-up-1", Quirks(**table[900].quirks))
    for endpoint in map(Endpoint, row.endpoints):
        codec = dialect.codecs[endpoint]
        outbound = codec.build(of(endpoint, seed=1), target)
        assert outbound.url == f"https://api.made-up.example/v1/{endpoint.value}"
        assert json.loads(outbound.body).keys() == of(endpoint).body.keys()
