"""Bedrock's models by their ids: what One API and Anthropic call them, and what each family takes.

Facts: docs.aws.amazon.com/bedrock, supported models, inference profiles, Converse's supported features.
Must not know requests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

DATED: Mapping[str, str] = {
    "claude-instant-1.2": "claude-instant-v1",
    "claude-2.0": "claude-v2",
    "claude-2.1": "claude-v2:1",
    "claude-3-opus": "claude-3-opus-20240229-v1:0",
    "claude-3-5-sonnet": "claude-3-5-sonnet-20241022-v2:0",
    "claude-3-5-sonnet-20241022": "claude-3-5-sonnet-20241022-v2:0",
    "claude-3-5-haiku": "claude-3-5-haiku-20241022-v1:0",
    "claude-3-7-sonnet": "claude-3-7-sonnet-20250219-v1:0",
    "claude-sonnet-4": "claude-sonnet-4-20250514-v1:0",
    "claude-sonnet-4-0": "claude-sonnet-4-20250514-v1:0",
    "claude-opus-4": "claude-opus-4-20250514-v1:0",
    "claude-opus-4-0": "claude-opus-4-20250514-v1:0",
    "claude-opus-4-1": "claude-opus-4-1-20250805-v1:0",
    "claude-sonnet-4-5": "claude-sonnet-4-5-20250929-v1:0",
    "claude-haiku-4-5": "claude-haiku-4-5-20251001-v1:0",
    "claude-opus-4-5": "claude-opus-4-5-20251101-v1:0",
    "claude-opus-4-6": "claude-opus-4-6-v1",
}
"""Anthropic's names -> Bedrock's, where it is more than a suffix."""
OTHERS: Mapping[str, str] = {
    "llama3-8b-8192": "meta.llama3-8b-instruct-v1:0",
    "llama3-70b-8192": "meta.llama3-70b-instruct-v1:0",
}
"""One API's names for models of others."""
WITH_DATE = re.compile(r"-\d{8}$")
CLAUDE_VERSION = re.compile(r"claude-(?:[a-z]+-)?(\d)(?:-(\d{1,2})(?!\d))?")
FIRST_IN_PROFILES = (3, 7)
"""Claude models from this version on are only called through an inference profile."""
FIRST_EVERYWHERE = (4, 5)
""".. and these through a global one."""
PLACES = (("us-gov-", "us-gov"), ("us-", "us"), ("ca-", "us"), ("eu-", "eu"))
"""Region -> the inference profiles that hold it."""
CLAUDE = "anthropic.claude"


def model_id(name: str, region: str) -> str:
    """Bedrock's id of a model that has another name elsewhere. Bedrock's own ids and ARNs stay as they are.

    What a newer Claude is called through is an inference profile of the region's continent.
    """
    if name in OTHERS:
        return OTHERS[name]
    if not name.startswith("claude-"):
        return name
    name = name.removesuffix("-latest")
    found = DATED.get(name) or (f"{name}-v1:0" if WITH_DATE.search(name) else name)
    return f"{profile(found, region)}anthropic.{found}"


def profile(claude: str, region: str) -> str:
    found = CLAUDE_VERSION.search(claude)
    version = (int(found[1]), int(found[2] or 0)) if found else (0, 0)
    if version < FIRST_IN_PROFILES:
        return ""
    elsewhere = "global" if version >= FIRST_EVERYWHERE else "apac"
    return next((place for start, place in PLACES if region.startswith(start)), elsewhere) + "."


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a family takes through Converse."""

    system: bool = True
    stops: bool = True
    forced: Literal["no", "any", "tool"] = "tool"
    """Whether a call can be demanded: of nobody, of any tool, of a named one."""
    streams_tools: bool = True
    """Offered tools and a stream go together."""
    prefill: bool = False
    """The conversation may end with an assistant message, which is continued."""
    schemas: bool = False
    """`outputConfig` and strict tools."""
    top_k: Literal["", "top_k", "inferenceConfig"] = ""
    """Where the knob is, if there is one."""
    effort: Literal["", "reasoning_effort", "reasoningConfig"] = ""


OPEN_WEIGHTS = Abilities(schemas=True)
FAMILIES: tuple[tuple[str, Abilities], ...] = (
    ("amazon.titan-text", Abilities(system=False, forced="no")),
    ("amazon.nova-2", Abilities(prefill=True, top_k="inferenceConfig", effort="reasoningConfig")),
    ("amazon.nova", Abilities(prefill=True, top_k="inferenceConfig")),
    ("cohere.command-r", Abilities(forced="no")),
    ("cohere.command", Abilities(system=False, forced="no")),
    ("meta.llama", Abilities(stops=False, forced="no", streams_tools=False)),
    ("mistral.mistral-7b", Abilities(system=False, forced="no", top_k="top_k")),
    ("mistral.mixtral", Abilities(system=False, forced="no", top_k="top_k")),
    ("mistral.mistral-large-24", Abilities(forced="any")),
    ("mistral.mistral-small-24", Abilities(forced="any")),
    ("mistral.pixtral", Abilities(forced="any")),
    ("mistral.", OPEN_WEIGHTS),
    ("openai.gpt-oss", Abilities(schemas=True, effort="reasoning_effort")),
    *((vendor, OPEN_WEIGHTS) for vendor in ("qwen.", "deepseek.v3", "google.gemma", "minimax.", "moonshot", "nvidia.")),
)
"""The start of an id (behind that of its profile) -> what it takes; the first one that fits counts."""


def abilities(model: str) -> Abilities:
    return next((able for start, able in FAMILIES if start in model), Abilities())
