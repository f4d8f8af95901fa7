"""Rows of OpenAI and its resellers, Azure, Anthropic, Google, AWS, Coze and the open-ended types, by channel type.

Facts: each provider's own documentation, November 2026. Must not know addon.
"""

from __future__ import annotations

from dataclasses import replace

from rules.provider import (
    CHAT,
    COMPLETIONS,
    DEVELOPER_IS_SYSTEM,
    EMBEDDINGS,
    FILES,
    IMAGE_EDITS,
    IMAGE_VARIATIONS,
    IMAGES,
    MODERATIONS,
    PROXY,
    REALTIME,
    RERANK,
    SPEECH,
    TRANSCRIPTIONS,
    TRANSLATIONS,
    Provider,
    words,
)

TEXT = (CHAT, COMPLETIONS, EMBEDDINGS)
SOUND = (SPEECH, TRANSCRIPTIONS, TRANSLATIONS)
DEPLOYED = (*TEXT, IMAGES, IMAGE_EDITS, SPEECH, TRANSCRIPTIONS, TRANSLATIONS)
"""What Azure has."""
OPENAI = (*DEPLOYED, IMAGE_VARIATIONS, MODERATIONS)
EVERYTHING = (*OPENAI, RERANK, REALTIME)
"""Servers that speak OpenAI's dialect may rank as well, at the path that everybody has taken over, and talk."""

OPENAI_MODELS = words(
    """gpt-6-sol gpt-6-luna gpt-5.5 gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5 gpt-5-mini gpt-5-nano gpt-4.1 gpt-4.1-mini
    gpt-4.1-nano gpt-4o gpt-4o-mini gpt-4-turbo gpt-4 gpt-3.5-turbo gpt-3.5-turbo-instruct o4-mini o3 o3-mini o1
    text-embedding-3-large text-embedding-3-small text-embedding-ada-002 gpt-image-2 gpt-image-1.5 gpt-image-1-mini
    dall-e-3 dall-e-2 gpt-4o-mini-tts tts-1 tts-1-hd gpt-4o-transcribe gpt-4o-mini-transcribe whisper-1
    omni-moderation-latest"""
)
REALTIME_MODELS = words("gpt-realtime-2.1 gpt-realtime-2.1-mini gpt-realtime-1.5 gpt-realtime gpt-realtime-mini")
CLAUDE_MODELS = words(
    """claude-opus-5-5 claude-sonnet-5-5 claude-haiku-5-5 claude-opus-5 claude-sonnet-5 claude-opus-4-8 claude-opus-4-7
    claude-opus-4-6 claude-sonnet-4-6 claude-opus-4-5 claude-sonnet-4-5 claude-haiku-4-5"""
)
GEMINI_MODELS = words(
    """gemini-4-argon gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite
    gemini-3.1-pro-preview gemini-2.5-pro gemini-2.5-flash gemini-2.5-flash-lite gemini-3-pro-image
    gemini-3.1-flash-lite-image gemini-2.5-flash-image gemini-embedding-2 gemini-embedding-001"""
)
GEMINI_VOICES = words("gemini-3.8-flash-tts gemini-3.8-flash-lite-tts")
BEDROCK_MODELS = words(
    """us.amazon.nova-2-lite-v1:0 amazon.nova-pro-v1:0 amazon.nova-lite-v1:0 amazon.nova-micro-v1:0
    openai.gpt-oss-120b-1:0 openai.gpt-oss-20b-1:0 us.meta.llama4-maverick-17b-instruct-v1:0
    us.meta.llama3-3-70b-instruct-v1:0 deepseek.v3-v1:0 us.deepseek.r1-v1:0 qwen.qwen3-235b-a22b-2507-v1:0
    amazon.titan-embed-text-v2:0 cohere.embed-v4:0 cohere.embed-multilingual-v3 amazon.nova-canvas-v1:0
    amazon.titan-image-generator-v2:0 stability.sd3-5-large-v1:0 stability.stable-image-core-v1:1
    cohere.rerank-v3-5:0 amazon.rerank-v1:0"""
)

# The open-ended types may be Writer or Perplexity, or a server of open models.
ANYONES_REPAIRS = ("value-completions", "int8-embeddings", "tagged-thoughts")


def _mirror(number: int, name: str, title: str, base_url: str, key_url: str, **more: str) -> Provider:
    """A reseller of OpenAI's API: OpenAI's models behind another host."""
    row = Provider(number, name, title, title, base_url, key_url=key_url, models=OPENAI_MODELS, endpoints=OPENAI)
    row = replace(row, quirks={"pictures": "openai"})
    return replace(row, **({"balance": "openai"} | more))  # type: ignore[arg-type]


ROWS: tuple[Provider, ...] = (
    Provider(
        1,
        "openai",
        "OpenAI",
        "OpenAI",
        "https://api.openai.com",
        key_url="https://platform.openai.com/api-keys",
        quirks={"pictures": "openai"},
        models=(*OPENAI_MODELS, *REALTIME_MODELS),
        endpoints=(*OPENAI, FILES, REALTIME),
        balance="openai",
    ),
    _mirror(2, "api2d", "API2D", "https://oa.api2d.net", "https://api2d.com/profile", key_hint="fk…"),
    Provider(
        3,
        "azure",
        "Azure OpenAI",
        "Azure OpenAI",
        "",
        dialect="azure",
        key_hint="32 or 84 letters and digits",
        key_url="https://portal.azure.com",
        model_hint="the model's name; where the deployment has another one, map it",
        models=(*OPENAI_MODELS, *REALTIME_MODELS),
        endpoints=(*DEPLOYED, FILES, REALTIME),
        config_fields=(("api_version", "API version", "2024-10-21; empty or v1: the surface without versions"),),
        quirks={"pictures": "openai"},
        base_url_required=True,
        model_list="azure",
    ),
    _mirror(
        4,
        "closeai",
        "CloseAI",
        "https://api.closeai-proxy.xyz",
        "https://console.closeai-asia.com",
        balance="closeai",
    ),
    _mirror(
        5,
        "openai-sb",
        "OpenAI-SB",
        "https://api.openai-sb.com",
        "https://openai-sb.com",
        key_hint="sb-…",
        balance="openai-sb",
    ),
    _mirror(6, "openai-max", "OpenAI Max", "https://api.openaimax.com", "https://openaimax.com"),
    _mirror(7, "ohmygpt", "OhMyGPT", "https://api.ohmygpt.com", "https://www.ohmygpt.com/settings"),
    Provider(
        8,
        "custom",
        "Custom (another domain)",
        "自定义渠道",
        "",
        model_hint="any name that the server knows",
        models=OPENAI_MODELS,
        endpoints=EVERYTHING,
        quirks={"repairs": ANYONES_REPAIRS},
        base_url_required=True,
        balance="openai",
    ),
    _mirror(9, "ails", "AI.LS", "https://api.caipacity.com", "https://ai.ls"),
    _mirror(
        10,
        "ai-proxy",
        "AI Proxy",
        "https://api.aiproxy.io",
        "https://aiproxy.io",
        key_hint="letters and digits",
        balance="ai-proxy",
    ),
    Provider(
        11,
        "palm",
        "Google PaLM 2 (retired: Gemini answers)",
        "Google PaLM 2（已停用，由 Gemini 应答）",
        "https://generativelanguage.googleapis.com",
        dialect="palm",
        key_hint="AIza… or AQ.…",
        key_url="https://aistudio.google.com/apikey",
        model_hint="PaLM 2 is gone since 2024: Gemini answers to its names. For new channels take the type Gemini",
        models=("PaLM-2",),
        model_list="",
    ),
    _mirror(12, "api2gpt", "API2GPT", "https://api.api2gpt.com", "https://www.api2gpt.com", balance="api2gpt"),
    _mirror(13, "aigc2d", "AIGC2D", "https://api.aigc2d.com", "https://www.aigc2d.com", balance="aigc2d"),
    Provider(
        14,
        "anthropic",
        "Anthropic Claude",
        "Anthropic Claude",
        "https://api.anthropic.com",
        dialect="anthropic",
        key_hint="sk-ant-…",
        key_url="https://console.anthropic.com/settings/keys",
        models=CLAUDE_MODELS,
        endpoints=(CHAT,),
        model_list="anthropic",
    ),
    Provider(
        24,
        "gemini",
        "Google Gemini",
        "Google Gemini",
        "https://generativelanguage.googleapis.com",
        dialect="gemini",
        key_hint="AIza… or AQ.…",
        key_url="https://aistudio.google.com/apikey",
        models=(*GEMINI_MODELS, *GEMINI_VOICES),
        endpoints=(CHAT, EMBEDDINGS, IMAGES, IMAGE_EDITS, *SOUND),
        model_list="gemini",
    ),
    Provider(
        33,
        "aws",
        "AWS Bedrock",
        "AWS Claude",
        "",
        dialect="bedrock",
        key_hint="AK|SK|Region, or a Bedrock API key (ABSK…)",
        key_url="https://console.aws.amazon.com/bedrock/home#/api-keys",
        model_hint="Anthropic's name, or Bedrock's id, inference profile (us.… eu.… global.…) or ARN",
        models=(*CLAUDE_MODELS, *BEDROCK_MODELS),
        endpoints=(CHAT, EMBEDDINGS, IMAGES, IMAGE_EDITS, IMAGE_VARIATIONS, RERANK),
        config_fields=(
            ("region", "Region", "such as us-east-1"),
            ("ak", "Access key", "AKIA…; with a Bedrock API key leave this and the secret key empty"),
            ("sk", "Secret key", "40 characters"),
        ),
        model_list="bedrock",
    ),
    Provider(
        34,
        "coze",
        "Coze",
        "Coze",
        "https://api.coze.com",
        dialect="coze",
        key_hint="pat_… or sat_…",
        key_url="https://www.coze.com/open/oauth/pats",
        model_hint="the bot's ID, with or without bot- in front",
        endpoints=(CHAT, SPEECH, TRANSCRIPTIONS),
        config_fields=(
            ("user_id", "User ID", "the name under which the bot sees its callers; any text"),
            ("api_version", "API version", "empty: v3; v2 for bots published before v3"),
        ),
        model_list="coze",
    ),
    Provider(
        42,
        "vertexai",
        "Google Vertex AI",
        "VertexAI",
        "",
        dialect="vertex",
        key_hint="the JSON of a service account, Region|Project|JSON, or an API key",
        key_url="https://console.cloud.google.com/iam-admin/serviceaccounts",
        model_hint="Gemini's or Claude's name; vendor/model for the open models of the Model Garden",
        models=(*GEMINI_MODELS, *GEMINI_VOICES, *CLAUDE_MODELS, "text-embedding-005"),
        endpoints=(CHAT, EMBEDDINGS, IMAGES, IMAGE_EDITS, *SOUND),
        config_fields=(
            ("region", "Region", "us-central1, europe-west4, ..; empty: global"),
            ("vertex_ai_project_id", "Project", "my-project-123; empty: the service account's"),
            ("vertex_ai_adc", "Credentials", "the JSON of a service account, where it is not the key"),
        ),
        model_list="vertex",
    ),
    Provider(
        43,
        "proxy",
        "Proxy (raw)",
        "代理",
        "",
        dialect="proxy",
        key_hint="sent as it is",
        endpoints=(PROXY,),
        base_url_required=True,
        model_list="",
    ),
    Provider(
        50,
        "openai-compatible",
        "OpenAI compatible",
        "OpenAI 兼容",
        "",
        model_hint="any name that the server knows; the base URL ends with its version (…/v1)",
        models=OPENAI_MODELS,
        endpoints=EVERYTHING,
        quirks={"version_prefix": "", "repairs": ANYONES_REPAIRS},
        base_url_required=True,
        balance="openai",
    ),
    Provider(
        51,
        "gemini-openai",
        "Gemini (OpenAI surface)",
        "Gemini (OpenAI)",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        key_hint="AIza… or AQ.…",
        key_url="https://aistudio.google.com/apikey",
        models=GEMINI_MODELS,
        endpoints=(CHAT, EMBEDDINGS, IMAGES),
        quirks={
            "version_prefix": "",
            "roles": DEVELOPER_IS_SYSTEM,
            # "Unknown name .. Cannot find field" is a 400.
            "drop": words(
                "seed frequency_penalty presence_penalty logit_bias store safety_identifier prompt_cache_key"
            ),
            "edits": ("gemini-surface",),
            "repairs": ("thought-tags", "calls-at-stop"),
        },
    ),
)
