"""What a recorded talk says, whatever its provider: read straight from the bytes by the oracle of its format.

Must not import the product.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.addon.dialects.openai_oracle import Told, recorded_reply, recorded_stream
from tests.corpus.framings import frames
from tests.corpus.oracles_china import baidu, coze, dashscope, tencent
from tests.corpus.oracles_world import aleph_alpha, anthropic, bedrock, cohere, cohere_v1, gemini, ollama, replicate

ORACLES: dict[int, Callable[[list[tuple[str, Any]]], Told]] = {
    14: anthropic,
    15: baidu,
    23: tencent,
    24: gemini,
    30: ollama,
    33: bedrock,
    34: coze,
    35: cohere,
    42: gemini,
    46: replicate,
}
"""By One API's channel type; whoever is not here speaks OpenAI's dialect."""


def told_by(type: int, framing: str, body: bytes, model: str, config: dict[str, str]) -> Told:
    """What the recorded bytes say. `model` and `config` are the channel's: some formats go by them."""
    if type not in ORACLES and type != 17 and b'"completions"' not in body[:40]:
        return recorded_stream(body) if framing == "sse" else recorded_reply(body)
    found = frames(body, framing)
    if type == 17:
        return dashscope(found, repeats="mt-" in model)
    if type == 35 and config.get("api_version") == "v1":
        return cohere_v1(found)
    return ORACLES.get(type, aleph_alpha)(found)
