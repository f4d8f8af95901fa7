"""Named edits: what a provider's documentation asks for, in the document that is sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.outbound import Quirks, Target
from addon.canon.request import Endpoint
from addon.dialects.openai_edits import nine_letters
from addon.dialects.openai_request import document
from addon.face.decode import decode
from rules.provider import words
from rules.providers import PROVIDERS

USER = {"role": "user", "content": "hi"}


def sent(channel_type: int, model: str, endpoint: Endpoint = Endpoint.CHAT, **fields: Any) -> dict[str, Any]:
    """What a provider of this type is sent for a client's request."""
    body = {"model": "asked-for", **({"messages": [USER]} if endpoint is Endpoint.CHAT else {}), **fields}
    request = decode(endpoint, "application/json", json.dumps(body).encode())
    target = Target("https://p.example", "k", model, Quirks(**PROVIDERS[channel_type].quirks))
    made: dict[str, Any] = json.loads(document(request, target))
    return made


def assistant(**fields: Any) -> dict[str, Any]:
    calls = [{"id": "call_0123456789", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    return {"role": "assistant", "content": None, "tool_calls": calls, **fields}


def result(id: str = "call_0123456789") -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": id, "content": "1", "name": "f"}


# Everything that Mistral's closed request schema knows (its OpenAPI file, August 2026).
MISTRAL = words(
    """model temperature top_p max_tokens stream stop random_seed metadata messages response_format tools tool_choice
    presence_penalty frequency_penalty n prediction parallel_tool_calls prompt_mode reasoning_effort guardrails
    prompt_cache_key safe_prompt"""
)


def test_mistral_gets_only_what_its_closed_schema_knows() -> None:
    given = dict.fromkeys(("user", "verbosity", "safety_identifier"), "x")
    made = sent(
        28,
        "mistral-small-latest",
        messages=[
            {"role": "developer", "content": "Be brief", "name": "boss"},
            assistant(refusal=None, annotations=[], reasoning_content="hm", audio=None, function_call=None),
            result(),
        ],
        stream=True,
        stream_options={"include_usage": True},
        seed=3,
        max_completion_tokens=9,
        temperature=2,
        logprobs=True,
        top_logprobs=2,
        logit_bias={},
        store=True,
        service_tier="auto",
        modalities=["text"],
        functions=[],
        function_call="auto",
        reasoning_effort="medium",
        **given,
    )
    assert set(made) <= set(MISTRAL)
    assert (made["random_seed"], made["max_tokens"], made["temperature"]) == (3, 9, 1.5)
    assert made["reasoning_effort"] == "high"
    [system, call, answer] = made["messages"]
    assert system == {"role": "system", "content": "Be brief"}
    assert set(call) == {"role", "content", "tool_calls"}
    assert answer["tool_call_id"] == call["tool_calls"][0]["id"] == nine_letters("call_0123456789")
    assert answer["name"] == "f"


def test_mistral_leaves_what_it_would_take_as_it_is() -> None:
    odd = assistant(tool_calls=[{"type": "function", "function": {"name": "f", "arguments": "{}"}}])
    made = sent(28, "mistral-small-latest", messages=[odd, USER], reasoning_effort="none")
    assert made["messages"] == [odd, USER]
    assert made["reasoning_effort"] == "none"


@pytest.mark.parametrize(
    ("model", "effort", "wanted"),
    [
        ("mistral-medium-3-5", "low", "high"),
        ("mistral-small-latest", "minimal", "none"),
        ("mistral-large-latest", "high", None),
        ("codestral-latest", "none", None),
    ],
)
def test_mistral_has_two_efforts_for_two_families(model: str, effort: str, wanted: str | None) -> None:
    assert sent(28, model, reasoning_effort=effort).get("reasoning_effort") == wanted


@pytest.mark.parametrize("call_id", ["call_0fypS1hVX", "", "functions.f:0", "é" * 9, "\ud83d"])
def test_nine_letters_is_nine_letters_and_always_the_same(call_id: str) -> None:
    made = nine_letters(call_id)
    assert len(made) == 9 and made.isascii() and made.isalnum()
    assert nine_letters(call_id) == made
    assert nine_letters(made) == made


def test_nine_letters_differ_for_different_calls() -> None:
    assert len({nine_letters(f"call_{number}") for number in range(1000)}) == 1000


def test_mistral_embeddings_name_their_size_otherwise() -> None:
    made = sent(28, "mistral-embed", Endpoint.EMBEDDINGS, input="x", dimensions=256)
    assert made == {"model": "mistral-embed", "input": "x", "output_dimension": 256}


def test_kimi_gets_no_sampling_where_it_is_fixed() -> None:
    knobs = {"temperature": 0.3, "top_p": 0.9, "n": 1, "presence_penalty": 0, "frequency_penalty": 0}
    assert not set(knobs) & set(sent(25, "kimi-k2.5", **knobs))
    assert set(knobs) < set(sent(25, "moonshot-v1-8k", **knobs))
    assert sent(25, "moonshot-v1-8k", temperature=1.7)["temperature"] == 1


def test_kimi_gets_a_placeholder_for_thoughts_that_the_client_dropped() -> None:
    history = [assistant(), result(), assistant(reasoning_content="because")]
    for model, thoughts in (("kimi-k2.6", "tool call"), ("moonshot-v1-8k", None)):
        made = sent(25, model, messages=history)["messages"]
        assert (made[0].get("reasoning_content"), made[2]["reasoning_content"]) == (thoughts, "because")
    off = sent(25, "kimi-k2.6", messages=history, thinking={"type": "disabled"})
    assert "reasoning_content" not in off["messages"][0]


def test_kimi_and_deepseek_have_a_switch_instead_of_no_effort() -> None:
    for channel_type, model in ((25, "kimi-k2.6"), (36, "deepseek-v4-pro")):
        made = sent(channel_type, model, reasoning_effort="none", messages=[assistant(), result()])
        assert made["thinking"] == {"type": "disabled"}
        assert "reasoning_effort" not in made
        assert "reasoning_content" not in made["messages"][0]
    assert sent(25, "kimi-k3", reasoning_effort="none")["reasoning_effort"] == "low"
    assert sent(36, "deepseek-v4-pro", reasoning_effort="low")["reasoning_effort"] == "low"


def test_deepseek_gets_the_thoughts_of_tool_calls_back() -> None:
    made = sent(36, "deepseek-v4-pro", messages=[assistant(), result(), assistant(reasoning="why"), USER])
    assert [message.get("reasoning_content") for message in made["messages"]] == ["", None, "why", None]


def test_together_counts_log_probabilities_and_lists_stops() -> None:
    made = sent(39, "m", logprobs=True, top_logprobs=3, stop="END")
    assert (made["logprobs"], made["stop"], "top_logprobs" in made) == (3, ["END"], False)
    made = sent(39, "m", logprobs=True)
    assert made["logprobs"] == 1
    made = sent(39, "m", logprobs=False, stop=["a"])
    assert ("logprobs" in made, made["stop"]) == (False, ["a"])


def test_bailian_is_asked_for_floats() -> None:
    made = sent(49, "text-embedding-v4", Endpoint.EMBEDDINGS, input="x", encoding_format="base64")
    assert made["encoding_format"] == "float"
    assert "encoding_format" not in sent(49, "text-embedding-v4", Endpoint.EMBEDDINGS, input="x")


def test_groq_gets_reasoning_under_its_own_name() -> None:
    made = sent(29, "m", messages=[{"role": "assistant", "content": "a", "reasoning_content": "b", "name": "n"}])
    assert made["messages"][0] == {"role": "assistant", "content": "a", "reasoning": "b"}
    both = {"role": "assistant", "content": "a", "reasoning_content": "b", "reasoning": "c"}
    assert sent(29, "m", messages=[both])["messages"][0] == {"role": "assistant", "content": "a", "reasoning": "c"}
