from __future__ import annotations

from addon.canon.events import Usage
from addon.face.usage import embedding_usage_document, usage_document


def test_usage_has_all_details() -> None:
    usage = Usage(
        prompt=9, completion=7, cached=4, cache_write=2, reasoning=3, audio_prompt=1, audio_completion=5, total=17
    )
    assert usage_document(usage) == {
        "prompt_tokens": 9,
        "completion_tokens": 7,
        "total_tokens": 17,
        "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2, "audio_tokens": 1},
        "completion_tokens_details": {
            "reasoning_tokens": 3,
            "audio_tokens": 5,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def test_what_is_not_known_is_nought_and_the_total_is_the_sum() -> None:
    document = usage_document(Usage(prompt=9))
    assert (document["prompt_tokens"], document["completion_tokens"], document["total_tokens"]) == (9, 0, 9)
    assert usage_document(Usage(prompt=9, completion=2))["total_tokens"] == 11


def test_embeddings_have_a_prompt_only() -> None:
    assert embedding_usage_document(Usage(prompt=9)) == {"prompt_tokens": 9, "total_tokens": 9}
    assert embedding_usage_document(Usage(prompt=9, total=10)) == {"prompt_tokens": 9, "total_tokens": 10}
