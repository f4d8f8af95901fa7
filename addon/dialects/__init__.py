"""One file per native format, sans-io; this file is the table and says how to add one.

A dialect module ends with `DIALECT = Dialect(...)`. It imports `canon`, `signing`, or the dialect it composes.
It never does I/O, reads no clock, draws no random number, and knows no channel, token, user or quota.

To add one: write `dialects/<name>.py`; add a line to `DIALECTS`; name it in a row of `rules/providers.py`;
put recordings into `tests/recordings/<provider>/`. No hook, stream, admin or SQL line changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from addon.canon.codec import Dialect
from addon.dialects import (
    aiproxy_library,
    anthropic,
    azure,
    baidu,
    bailian,
    bedrock,
    cloudflare,
    cohere,
    coze,
    dashscope,
    deepl,
    doubao,
    gemini,
    minimax,
    mistral,
    moonshot,
    novita,
    ollama,
    openai,
    palm,
    proxy,
    qianfan,
    replicate,
    spark,
    stepfun,
    tencent,
    vertex,
    xai,
    zhipu,
)

MODULES = (
    aiproxy_library,
    anthropic,
    azure,
    baidu,
    bailian,
    bedrock,
    cloudflare,
    cohere,
    coze,
    dashscope,
    deepl,
    doubao,
    gemini,
    minimax,
    mistral,
    moonshot,
    novita,
    ollama,
    openai,
    palm,
    proxy,
    qianfan,
    replicate,
    spark,
    stepfun,
    tencent,
    vertex,
    xai,
    zhipu,
)

DIALECTS: Mapping[str, Dialect] = MappingProxyType({module.DIALECT.name: module.DIALECT for module in MODULES})
