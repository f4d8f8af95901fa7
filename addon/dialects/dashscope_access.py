"""Where DashScope's services are, and what every request to them carries.

Facts: help.aliyun.com/en/model-studio/qwen-api-via-dashscope. Must not know what is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from addon.canon.dialogue import body_of
from addon.canon.outbound import Outbound, Target

API = "/api/v1"
TEXT = "/services/aigc/text-generation/generation"
MULTIMODAL = "/services/aigc/multimodal-generation/generation"
EMBEDDINGS = "/services/embeddings/text-embedding/text-embedding"
MULTIMODAL_EMBEDDINGS = "/services/embeddings/multimodal-embedding/multimodal-embedding"
RERANK = "/services/rerank/text-rerank/text-rerank"
PICTURES = "/services/aigc/text2image/image-synthesis"
CHANGED_PICTURES = "/services/aigc/image2image/image-synthesis"
PICTURES_IN_WORDS = "/services/aigc/image-generation/generation"

KNOWN_ENDS = re.compile(r"/(?:api|compatible-mode)/v1$")
"""What operators copy along with the host; the two APIs stand beside each other."""
CONFIGURED = (("plugin", "x-dashscope-plugin"), ("workspace", "x-dashscope-workspace"))
STREAM = (("accept", "text/event-stream"), ("x-dashscope-sse", "enable"))
TASK = (("x-dashscope-async", "enable"),)


def outbound(
    target: Target, service: str, document: Mapping[str, Any], extra: tuple[tuple[str, str], ...] = ()
) -> Outbound:
    """A request to one of the services."""
    return Outbound(
        method="POST",
        url=api_base(target) + service,
        headers=(("content-type", "application/json"), *extra, *standing_headers(target)),
        body=body_of(document),
        secrets=authorization(target),
    )


def task(target: Target, task_id: str) -> Outbound:
    """The question what has become of a task; asked of the channel's own host."""
    return Outbound(
        "GET", f"{api_base(target)}/tasks/{task_id}", standing_headers(target), secrets=authorization(target)
    )


def api_base(target: Target) -> str:
    return KNOWN_ENDS.sub("", target.base_url) + API


def standing_headers(target: Target) -> tuple[tuple[str, str], ...]:
    configured = ((header, target.config.get(name, "").strip()) for name, header in CONFIGURED)
    return (*((header, value) for header, value in configured if value), *target.quirks.headers)


def authorization(target: Target) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {target.key}"),)
