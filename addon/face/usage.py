"""Usage in OpenAI's shape. Must not know where the numbers came from."""

from __future__ import annotations

from typing import Any

from addon.canon.events import Usage


def usage_document(usage: Usage) -> dict[str, Any]:
    """The `usage` of chat and completions, with both detail objects; what is not known is 0."""
    prompt, completion = usage.prompt or 0, usage.completion or 0
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion if usage.total is None else usage.total,
        "prompt_tokens_details": {
            "cached_tokens": usage.cached or 0,
            "cache_write_tokens": usage.cache_write or 0,
            "audio_tokens": usage.audio_prompt or 0,
        },
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning or 0,
            "audio_tokens": usage.audio_completion or 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def embedding_usage_document(usage: Usage) -> dict[str, int]:
    """The `usage` of embeddings."""
    prompt = usage.prompt or 0
    return {"prompt_tokens": prompt, "total_tokens": prompt if usage.total is None else usage.total}
