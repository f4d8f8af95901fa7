"""Rows of China's clouds, which sell their own models and others': Baidu, Alibaba, Tencent, Volcengine.

Facts: each provider's own documentation, November 2026. Must not know addon.
"""

from __future__ import annotations

from rules.provider import (
    CHAT,
    COMPLETIONS,
    DEVELOPER_IS_SYSTEM,
    EMBEDDINGS,
    IMAGE_EDITS,
    IMAGES,
    REALTIME,
    RERANK,
    SPEECH,
    TRANSCRIPTIONS,
    Provider,
    words,
)

ROWS: tuple[Provider, ...] = (
    Provider(
        15,
        "baidu",
        "Baidu ERNIE (Qianfan v1)",
        "百度文心千帆",
        "https://aip.baidubce.com",
        dialect="baidu",
        key_hint="APIKey|SecretKey",
        key_url="https://console.bce.baidu.com/qianfan/ais/console/applicationConsole/application",
        models=words(
            """ERNIE-4.0-8K ERNIE-3.5-8K ERNIE-Speed-128K ERNIE-Lite-8K ERNIE-Tiny-8K Embedding-V1 bge-large-zh
            Stable-Diffusion-XL"""
        ),
        endpoints=(CHAT, EMBEDDINGS, IMAGES),
        model_list="",
    ),
    Provider(
        17,
        "dashscope",
        "Alibaba DashScope (native)",
        "阿里通义千问",
        "https://dashscope.aliyuncs.com",
        dialect="dashscope",
        key_url="https://bailian.console.aliyun.com/?tab=model#/api-key",
        model_hint="with -internet behind it a model searches the web",
        models=words(
            """qwen3.8-max qwen3.8-flash qwen3.7-max qwen3.7-plus qwen-plus qwen-flash text-embedding-v4 qwen3-rerank
            qwen-image-2.0 wan2.6-t2i qwen3-tts-flash cosyvoice-v3-flash qwen3-asr-flash"""
        ),
        endpoints=(CHAT, EMBEDDINGS, RERANK, IMAGES, IMAGE_EDITS, SPEECH, TRANSCRIPTIONS),
        config_fields=(
            ("plugin", "Plugin", "X-DashScope-Plugin, usually empty"),
            ("workspace", "Workspace", "X-DashScope-WorkSpace, usually empty"),
            ("api", "API", "text or multimodal, for models whose name does not tell; usually empty"),
        ),
        model_list="dashscope",
    ),
    Provider(
        23,
        "tencent",
        "Tencent Hunyuan (native)",
        "腾讯混元",
        "https://hunyuan.tencentcloudapi.com",
        dialect="tencent",
        key_hint="AppId|SecretId|SecretKey or SecretId|SecretKey; or sk-… of TokenHub",
        key_url="https://console.cloud.tencent.com/cam/capi",
        model_hint="hy3 and other makers' models with a TokenHub key, hunyuan-… with a key of Tencent Cloud",
        models=words(
            "hy3 hy3-preview hunyuan-turbos-latest hunyuan-t1-latest hunyuan-lite hunyuan-embedding hunyuan-image-lite"
        ),
        endpoints=(CHAT, EMBEDDINGS, IMAGES),
        quirks={"functions": False, "roles": DEVELOPER_IS_SYSTEM},
        config_fields=(("region", "Region", "such as ap-guangzhou, usually empty"),),
        model_list="tencent",
    ),
    Provider(
        40,
        "doubao",
        "Doubao (Volcengine Ark)",
        "字节火山引擎",
        "https://ark.cn-beijing.volces.com",
        dialect="doubao",
        key_hint="a UUID, or ark-…",
        key_url="https://console.volcengine.com/ark/region:ark+cn-beijing/apiKey",
        model_hint="a model with its version, an endpoint (ep-…) or a bot (bot-…)",
        models=words(
            """doubao-seed-2-1-pro-260915 doubao-seed-2-1-lite-260915 doubao-seed-2-0-mini-260215
            doubao-embedding-large-text-250515 doubao-embedding-vision-250615 doubao-seedream-4-5-251128
            doubao-seedream-4-0-250828"""
        ),
        endpoints=(CHAT, EMBEDDINGS, IMAGES, IMAGE_EDITS),
        quirks={
            "functions": False,
            "version_prefix": "/api/v3",
            "model_paths": (("bot-", "/api/v3/bots/chat/completions"),),
            "roles": DEVELOPER_IS_SYSTEM,
            "drop": ("user", "seed", "n"),
            "edits": ("doubao",),
            "pictures": "seedream",
            "redraw": "seedream",
            "paths": {IMAGE_EDITS: "/api/v3/images/generations"},
        },
    ),
    Provider(
        47,
        "baidu-v2",
        "Baidu ERNIE (Qianfan v2)",
        "百度文心千帆 V2",
        "https://qianfan.baidubce.com",
        dialect="qianfan",
        key_hint="bce-v3/ALTAK-…/…, or AK|SK",
        key_url="https://console.bce.baidu.com/iam/#/iam/apikey/list",
        models=words("ernie-4.5-turbo-128k ernie-x1-turbo-32k ernie-4.0-turbo-128k ernie-3.5-8k irag-1.0"),
        endpoints=(CHAT, COMPLETIONS, EMBEDDINGS, IMAGES, IMAGE_EDITS, RERANK),
        quirks={
            "functions": False,
            "version_prefix": "/v2",
            "roles": DEVELOPER_IS_SYSTEM,
            "clamp": (("max_tokens", 2, 1e9), ("max_completion_tokens", 2, 1e9)),
            "edits": ("qianfan", "float-embeddings"),
            "pictures": "qianfan",
            "picture_stores": (".bcebos.com",),
            "redraw": "qianfan",
        },
        config_fields=(
            ("appid", "Application", "app-…, usually empty"),
            ("iam_url", "IAM address", "where AK|SK is exchanged, for private clouds; usually empty"),
        ),
    ),
    Provider(
        49,
        "bailian",
        "Alibaba Model Studio (Bailian)",
        "阿里云百炼",
        "https://dashscope.aliyuncs.com",
        dialect="bailian",
        key_url="https://bailian.console.aliyun.com/?tab=model#/api-key",
        models=words(
            """qwen3.8-max qwen3.8-flash qwen3.7-max qwen3.7-plus qwen-plus qwen-flash text-embedding-v4 qwen3-rerank
            qwen3-tts-flash qwen3-asr-flash qwen-image-2.0 wan2.6-t2i"""
        ),
        endpoints=(CHAT, COMPLETIONS, EMBEDDINGS, IMAGES, IMAGE_EDITS, RERANK, SPEECH, TRANSCRIPTIONS, REALTIME),
        quirks={
            "functions": False,
            "version_prefix": "/compatible-mode/v1",
            "paths": {RERANK: "/compatible-api/v1/reranks", REALTIME: "/api-ws/v1/realtime"},
            "roles": DEVELOPER_IS_SYSTEM,
            "rename": (("max_completion_tokens", "max_tokens"),),
            "clamp": (("temperature", 0, 1.99), ("top_p", 0.01, 0.99)),
            "edits": ("float-embeddings", "bailian"),
        },
    ),
)
