"""Rows of the Chinese providers, by One API's channel type.

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
    RERANK,
    SPEECH,
    TRANSCRIPTIONS,
    Provider,
    words,
)

SPARK = {
    "drop": words("seed logit_bias logprobs top_logprobs store metadata modalities service_tier"),
    "rename": (("max_completion_tokens", "max_tokens"),),
    "clamp": (("temperature", 0.01, 2), ("top_p", 0.01, 1), ("top_k", 1, 6)),
    "stream_usage": False,
}
"""One API over HTTP, with the keys of the older one or its own."""

ROWS: tuple[Provider, ...] = (
    Provider(
        16,
        "zhipu",
        "Zhipu GLM",
        "智谱 ChatGLM",
        "https://open.bigmodel.cn",
        dialect="zhipu",
        key_hint="id.secret",
        key_url="https://open.bigmodel.cn/usercenter/apikeys",
        model_hint="api.z.ai, or …/api/coding/paas/v4 for a coding plan, as base URL; chatglm_… goes to API v3",
        models=words(
            """glm-5.3 glm-5.3-flash glm-5.2 glm-5.1 glm-5 glm-4.7 glm-4.7-flash glm-4.6 glm-4.6v glm-4.5 glm-4.5v
            embedding-3 cogview-4-250304 cogview-3-flash glm-tts glm-asr-2512"""
        ),
        endpoints=(CHAT, EMBEDDINGS, IMAGES, SPEECH, TRANSCRIPTIONS),
        quirks={
            "functions": False,
            "version_prefix": "/api/paas/v4",
            "stream_usage": False,
            "roles": DEVELOPER_IS_SYSTEM,
            "rename": (("max_completion_tokens", "max_tokens"),),
            "drop": words(
                """n presence_penalty frequency_penalty logit_bias logprobs top_logprobs parallel_tool_calls
                modalities store metadata service_tier prediction"""
            ),
            "edits": ("zhipu",),
            "repairs": ("tagged-thoughts",),
            "transcripts": ("json",),
        },
    ),
    Provider(
        18,
        "xunfei",
        "iFlytek Spark",
        "讯飞星火认知",
        "https://spark-api-open.xf-yun.com",
        dialect="spark",
        key_hint="APPID|APISecret|APIKey",
        key_url="https://console.xfyun.cn",
        model_hint="over HTTP; over the WebSocket where the base URL is wss://spark-api.xf-yun.com",
        models=words("Spark-Lite Spark-Pro Spark-Pro-128K Spark-Max Spark-Max-32K Spark-4.0-Ultra"),
        endpoints=(CHAT,),
        quirks=SPARK,
        config_fields=(("api_version", "Version", "such as v3.5, for the model SparkDesk only"),),
        model_list="",
    ),
    Provider(
        19,
        "360",
        "360 Zhinao",
        "360 智脑",
        "https://ai.360.cn",
        key_hint="fk…",
        models=words("360gpt-pro 360gpt2-pro 360gpt-turbo 360gpt2-o1 360zhinao3-o1.5 embedding_s1_v1"),
        model_hint="newer models, such as z-ai/glm-5.3, are at the base URL https://api.360.cn",
        quirks={
            "roles": DEVELOPER_IS_SYSTEM,
            "rename": (("max_completion_tokens", "max_tokens"),),
            "clamp": (("temperature", 0, 1), ("top_p", 0, 1)),
            "edits": ("zhinao",),
        },
        key_url="https://ai.360.com/platform/keys",
    ),
    Provider(
        21,
        "ai-proxy-library",
        "AI Proxy knowledge base",
        "知识库：AI Proxy",
        "https://api.aiproxy.io",
        dialect="aiproxy_library",
        endpoints=(CHAT,),
        config_fields=(("library_id", "Library ID", "from AI Proxy's console"),),
        key_hint="letters and digits",
        key_url="https://aiproxy.io",
        balance="ai-proxy",
        model_list="",
    ),
    Provider(
        22,
        "fastgpt",
        "FastGPT knowledge base",
        "知识库：FastGPT",
        "https://fastgpt.run/api/openapi",
        key_hint="fastgpt-…",
        model_hint="any name: the key decides which app answers",
        endpoints=(CHAT,),
        # With details a reply is a report on the work flow, which no OpenAI client reads.
        quirks={"drop": ("detail",), "edits": ("fastgpt",), "repairs": ("placeholder-usage",)},
        key_url="https://cloud.tryfastgpt.ai",
        model_list="",
    ),
    Provider(
        25,
        "moonshot",
        "Moonshot AI (Kimi)",
        "Moonshot AI",
        "https://api.moonshot.cn",
        dialect="moonshot",
        key_url="https://platform.moonshot.cn/console/api-keys",
        models=words("kimi-k3 kimi-k2.7-code kimi-k2.6 kimi-k2.5 moonshot-v1-auto moonshot-v1-8k moonshot-v1-32k"),
        endpoints=(CHAT,),
        model_hint="keys of platform.moonshot.ai belong to the base URL https://api.moonshot.ai",
        quirks={
            "functions": False,
            "roles": DEVELOPER_IS_SYSTEM,
            "clamp": (("temperature", 0, 1), ("top_p", 0.01, 1), ("n", 1, 5)),
            "edits": ("moonshot", "kimi"),
        },
        balance="moonshot",
    ),
    Provider(
        26,
        "baichuan",
        "Baichuan",
        "百川大模型",
        "https://api.baichuan-ai.com",
        key_url="https://platform.baichuan-ai.com/console/apikey",
        models=words("Baichuan-M3 Baichuan-M2 Baichuan4-Turbo Baichuan4-Air Baichuan4 Baichuan-Text-Embedding"),
        quirks={
            "functions": False,
            "roles": DEVELOPER_IS_SYSTEM,
            "drop": words(
                """n presence_penalty frequency_penalty logit_bias seed logprobs top_logprobs user stop
                reasoning_effort"""
            ),
            "rename": (("max_completion_tokens", "max_tokens"),),
            "clamp": (("temperature", 0, 1), ("top_p", 0, 0.99)),
            "edits": ("baichuan", "float-embeddings"),
        },
    ),
    Provider(
        27,
        "minimax",
        "MiniMax",
        "MiniMax",
        "https://api.minimax.chat",
        dialect="minimax",
        key_hint="eyJ… or sk-…; with |GroupId behind it for old embeddings",
        key_url="https://platform.minimaxi.com/user-center/basic-information/interface-key",
        model_hint="keys of minimaxi.com and minimax.io belong to https://api.minimaxi.com and https://api.minimax.io",
        models=words(
            """MiniMax-M3 MiniMax-M2.7 MiniMax-M2.7-highspeed MiniMax-M2.5 MiniMax-M2.1 MiniMax-M2 MiniMax-M1
            MiniMax-Text-01 embo-01 image-01 speech-2.8-hd speech-2.8-turbo speech-2.6-hd speech-2.6-turbo"""
        ),
        endpoints=(CHAT, EMBEDDINGS, IMAGES, IMAGE_EDITS, SPEECH),
        quirks={
            "functions": False,
            "paths": {CHAT: "/v1/text/chatcompletion_v2"},
            "model_paths": (("MiniMax-M2", "/v1/chat/completions"), ("MiniMax-M3", "/v1/chat/completions")),
            "edits": ("minimax",),
            "repairs": ("tagged-thoughts",),
            "roles": DEVELOPER_IS_SYSTEM,
            "drop": words("n presence_penalty frequency_penalty logit_bias seed stop user logprobs top_logprobs"),
            "clamp": (("temperature", 0.01, 1), ("top_p", 0.01, 1)),
        },
        model_list="minimax",
    ),
    Provider(
        31,
        "lingyiwanwu",
        "01.AI",
        "零一万物",
        "https://api.lingyiwanwu.com",
        key_url="https://platform.lingyiwanwu.com/apikeys",
        models=words("yi-lightning yi-vision-v2"),
        endpoints=(CHAT,),
        quirks={
            "roles": DEVELOPER_IS_SYSTEM,
            "rename": (("max_completion_tokens", "max_tokens"),),
            "drop": ("reasoning_effort",),
            "clamp": (("temperature", 0, 1.99), ("top_p", 0.01, 0.99)),
            "edits": ("yi",),
        },
        key_hint="letters and digits",
    ),
    Provider(
        32,
        "stepfun",
        "StepFun",
        "阶跃星辰",
        "https://api.stepfun.com",
        dialect="stepfun",
        key_url="https://platform.stepfun.com/interface-key",
        models=words(
            """step-5-preview step-3.7-flash step-3.5-flash step-3 step-2-16k step-2-mini step-1x-medium step-2x-large
            step-tts-2 step-asr stepaudio-3-asr-max"""
        ),
        model_hint="keys of the Step Plan belong to the base URL https://api.stepfun.com/step_plan",
        endpoints=(CHAT, IMAGES, IMAGE_EDITS, SPEECH, TRANSCRIPTIONS),
        quirks={
            "functions": False,
            "roles": DEVELOPER_IS_SYSTEM,
            "reasoning_field": "reasoning",
            "edits": ("stepfun",),
            "pictures": "stepfun",
            "speech": "stepfun",
            "redraw": "form",
            "transcripts": ("json", "text"),
        },
        key_hint="letters and digits",
        balance="stepfun",
    ),
    Provider(
        36,
        "deepseek",
        "DeepSeek",
        "DeepSeek",
        "https://api.deepseek.com",
        key_url="https://platform.deepseek.com/api_keys",
        models=words("deepseek-v4-pro deepseek-v4-flash deepseek-flash deepseek-chat deepseek-reasoner"),
        endpoints=(CHAT, COMPLETIONS),
        quirks={
            "functions": False,
            "paths": {COMPLETIONS: "/beta/completions"},
            "roles": DEVELOPER_IS_SYSTEM,
            "rename": (("max_completion_tokens", "max_tokens"),),
            "edits": ("deepseek",),
        },
        balance="deepseek",
    ),
    Provider(
        44,
        "siliconflow",
        "SiliconFlow",
        "SiliconCloud",
        "https://api.siliconflow.cn",
        key_url="https://cloud.siliconflow.cn/account/ak",
        models=words(
            """deepseek-ai/DeepSeek-V4-Flash Pro/zai-org/GLM-5.2 deepseek-ai/DeepSeek-V3.2 deepseek-ai/DeepSeek-R1
            zai-org/GLM-4.6V Qwen/Qwen2.5-72B-Instruct BAAI/bge-m3
            BAAI/bge-reranker-v2-m3 Kwai-Kolors/Kolors FunAudioLLM/SenseVoiceSmall FunAudioLLM/CosyVoice2-0.5B"""
        ),
        endpoints=(CHAT, COMPLETIONS, EMBEDDINGS, IMAGES, IMAGE_EDITS, RERANK, SPEECH, TRANSCRIPTIONS),
        quirks={
            "functions": False,
            "roles": DEVELOPER_IS_SYSTEM,
            "rename": (("max_completion_tokens", "max_tokens"),),
            "edits": ("siliconflow",),
            "repairs": ("tagged-thoughts",),
            "pictures": "siliconflow",
            "picture_stores": (".aliyuncs.com", ".siliconflow.cn", ".siliconflow.com"),
            "redraw": "siliconflow",
            "paths": {IMAGE_EDITS: "/v1/images/generations"},
            "transcripts": ("json",),
            "speech": "siliconflow",
        },
        balance="siliconflow",
    ),
    Provider(
        48,
        "xunfei-v2",
        "iFlytek Spark (HTTP)",
        "讯飞星火认知 V2",
        "https://spark-api-open.xf-yun.com",
        dialect="spark",
        key_hint="the APIPassword of the model's family, or APIKey:APISecret",
        key_url="https://console.xfyun.cn",
        models=words("4.0Ultra max-32k generalv3.5 pro-128k generalv3 lite spark-x2 spark-x"),
        endpoints=(CHAT,),
        quirks=SPARK,
        model_list="",
    ),
)
