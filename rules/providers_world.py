"""Rows of the international providers, OpenAI's resellers and the open-ended types, by One API's channel type.

Facts: each provider's own documentation, November 2026. Must not know addon.
"""

from __future__ import annotations

from rules.provider import CHAT, COMPLETIONS, DEVELOPER_IS_SYSTEM, EMBEDDINGS, Provider, words

EVERYTHING = (CHAT, COMPLETIONS, EMBEDDINGS)

OPENAI_MODELS = words(
    """gpt-6-sol gpt-6-luna gpt-5.5 gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5 gpt-5-mini gpt-5-nano gpt-4.1 gpt-4.1-mini
    gpt-4.1-nano gpt-4o gpt-4o-mini gpt-4-turbo gpt-4 gpt-3.5-turbo gpt-3.5-turbo-instruct o4-mini o3 o3-mini o1
    text-embedding-3-large text-embedding-3-small text-embedding-ada-002"""
)
CLAUDE_MODELS = words(
    """claude-opus-5-5 claude-sonnet-5-5 claude-haiku-5-5 claude-opus-5 claude-sonnet-5 claude-opus-4-8 claude-opus-4-7
    claude-opus-4-6 claude-sonnet-4-6 claude-opus-4-5 claude-sonnet-4-5 claude-haiku-4-5"""
)
GEMINI_MODELS = words(
    """gemini-4-argon gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite
    gemini-3.1-pro-preview gemini-2.5-pro gemini-2.5-flash gemini-2.5-flash-lite gemini-embedding-2
    gemini-embedding-001"""
)
BEDROCK_MODELS = words(
    """us.amazon.nova-2-lite-v1:0 amazon.nova-pro-v1:0 amazon.nova-lite-v1:0 amazon.nova-micro-v1:0
    openai.gpt-oss-120b-1:0 openai.gpt-oss-20b-1:0 us.meta.llama4-maverick-17b-instruct-v1:0
    us.meta.llama3-3-70b-instruct-v1:0 deepseek.v3-v1:0 us.deepseek.r1-v1:0 qwen.qwen3-235b-a22b-2507-v1:0
    amazon.titan-embed-text-v2:0 cohere.embed-v4:0 cohere.embed-multilingual-v3"""
)

# The open-ended types may be Writer or Perplexity.
ANYONES_REPAIRS = ("value-completions", "int8-embeddings")


def _mirror(number: int, name: str, title: str, base_url: str) -> Provider:
    """A reseller of OpenAI's API: OpenAI's models behind another host."""
    return Provider(number, name, title, title, base_url, models=OPENAI_MODELS, endpoints=EVERYTHING)


ROWS: tuple[Provider, ...] = (
    Provider(
        1,
        "openai",
        "OpenAI",
        "OpenAI",
        "https://api.openai.com",
        key_url="https://platform.openai.com/api-keys",
        models=OPENAI_MODELS,
        endpoints=EVERYTHING,
    ),
    _mirror(2, "api2d", "API2D", "https://oa.api2d.net"),
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
        models=OPENAI_MODELS,
        endpoints=EVERYTHING,
        config_fields=(("api_version", "API version", "2024-10-21; empty or v1: the surface without versions"),),
        base_url_required=True,
    ),
    _mirror(4, "closeai", "CloseAI", "https://api.closeai-proxy.xyz"),
    _mirror(5, "openai-sb", "OpenAI-SB", "https://api.openai-sb.com"),
    _mirror(6, "openai-max", "OpenAI Max", "https://api.openaimax.com"),
    _mirror(7, "ohmygpt", "OhMyGPT", "https://api.ohmygpt.com"),
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
    ),
    _mirror(9, "ails", "AI.LS", "https://api.caipacity.com"),
    _mirror(10, "ai-proxy", "AI Proxy", "https://api.aiproxy.io"),
    Provider(
        11,
        "palm",
        "Google PaLM 2 (retired: Gemini answers)",
        "Google PaLM 2（已停用，由 Gemini 应答）",
        "https://generativelanguage.googleapis.com",
        dialect="palm",
        key_hint="AIza…",
        key_url="https://aistudio.google.com/apikey",
        model_hint="PaLM 2 is gone since 2024: Gemini answers to its names. For new channels take the type Gemini",
        models=("PaLM-2",),
    ),
    _mirror(12, "api2gpt", "API2GPT", "https://api.api2gpt.com"),
    _mirror(13, "aigc2d", "AIGC2D", "https://api.aigc2d.com"),
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
    ),
    Provider(
        20,
        "openrouter",
        "OpenRouter",
        "OpenRouter",
        "https://openrouter.ai/api",
        key_hint="sk-or-…",
        key_url="https://openrouter.ai/settings/keys",
        model_hint="vendor/model",
        models=words("openrouter/auto openai/gpt-5-mini anthropic/claude-sonnet-5 google/gemini-3.8-flash"),
        endpoints=EVERYTHING,
        quirks={
            "headers": (("HTTP-Referer", "https://github.com/songquanpeng/one-api"), ("X-Title", "One API")),
            "reasoning_field": "reasoning",
        },
    ),
    Provider(
        24,
        "gemini",
        "Google Gemini",
        "Google Gemini",
        "https://generativelanguage.googleapis.com",
        dialect="gemini",
        key_hint="AIza…",
        key_url="https://aistudio.google.com/apikey",
        models=GEMINI_MODELS,
    ),
    Provider(
        28,
        "mistral",
        "Mistral AI",
        "Mistral AI",
        "https://api.mistral.ai",
        key_hint="32 letters and digits",
        key_url="https://console.mistral.ai/api-keys",
        models=words(
            """mistral-large-latest mistral-medium-latest mistral-small-latest ministral-8b-latest ministral-3b-latest
            magistral-medium-latest codestral-latest devstral-latest pixtral-large-latest open-mistral-nemo
            mistral-embed codestral-embed"""
        ),
        quirks={
            "stream_usage": False,
            "roles": DEVELOPER_IS_SYSTEM,
            # The request schema is closed: a field that is not in it is a 422.
            "drop": words(
                """stream_options user logprobs top_logprobs logit_bias store service_tier modalities audio verbosity
                safety_identifier functions function_call"""
            ),
            "rename": (
                ("seed", "random_seed"),
                ("max_completion_tokens", "max_tokens"),
                ("dimensions", "output_dimension"),
            ),
            "clamp": (("temperature", 0, 1.5),),
            "edits": ("mistral",),
        },
    ),
    Provider(
        29,
        "groq",
        "Groq",
        "Groq",
        "https://api.groq.com/openai",
        key_hint="gsk_…",
        key_url="https://console.groq.com/keys",
        models=words("openai/gpt-oss-120b openai/gpt-oss-20b openai/gpt-oss-safeguard-20b qwen/qwen3.8-27b"),
        quirks={
            "drop": words("logprobs top_logprobs logit_bias store metadata"),
            "message_drop": ("name", "reasoning_details"),
            "message_rename": (("reasoning_content", "reasoning"),),
            "reasoning_field": "reasoning",
        },
    ),
    Provider(
        30,
        "ollama",
        "Ollama",
        "Ollama",
        "http://localhost:11434",
        dialect="ollama",
        key_hint="anything: a local Ollama asks for none",
        models=words("llama3.1 llama3 qwen3-coder:480b-cloud gpt-oss:120b-cloud gpt-oss:20b-cloud mistral codellama"),
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
        config_fields=(
            ("region", "Region", "us-east-1"),
            ("ak", "Access key", "AKIA…; with a Bedrock API key leave this and the secret key empty"),
            ("sk", "Secret key", "40 characters"),
        ),
    ),
    Provider(
        34,
        "coze",
        "Coze",
        "Coze",
        "https://api.coze.com",
        dialect="coze",
        key_hint="pat_…",
        key_url="https://www.coze.com/open/oauth/pats",
        model_hint="the bot's ID, with or without bot- in front",
        endpoints=(CHAT,),
        config_fields=(
            ("user_id", "User ID", "the name under which the bot sees its callers; any text"),
            ("api_version", "API version", "empty: v3; v2 for bots published before v3"),
        ),
    ),
    Provider(
        35,
        "cohere",
        "Cohere",
        "Cohere",
        "https://api.cohere.ai",
        dialect="cohere",
        key_hint="40 letters and digits",
        key_url="https://dashboard.cohere.com/api-keys",
        models=words(
            """command-a-plus-05-2026 command-a-03-2025 command-r-plus-08-2024 command-r-08-2024 command-r7b-12-2024
            embed-v4.0 embed-multilingual-v3.0 embed-english-v3.0"""
        ),
    ),
    Provider(
        37,
        "cloudflare",
        "Cloudflare Workers AI",
        "Cloudflare Workers AI",
        "https://api.cloudflare.com",
        key_hint="40 characters, an API token with the Workers AI permission",
        key_url="https://dash.cloudflare.com/profile/api-tokens",
        model_hint="@cf/vendor/model",
        models=words(
            """@cf/openai/gpt-oss-120b @cf/openai/gpt-oss-20b @cf/meta/llama-3.3-70b-instruct-fp8-fast
            @cf/meta/llama-4-scout-17b-16e-instruct @cf/mistralai/mistral-small-3.1-24b-instruct
            @cf/qwen/qwen3-30b-a3b-fp8 @cf/moonshotai/kimi-k2.6 @cf/zai-org/glm-5.2"""
        ),
        quirks={"version_prefix": "/client/v4/accounts/{user_id}/ai/v1", "roles": DEVELOPER_IS_SYSTEM},
        config_fields=(("user_id", "Account ID", "32 hexadecimal digits, from the dashboard's address"),),
    ),
    Provider(
        38,
        "deepl",
        "DeepL",
        "DeepL",
        "https://api-free.deepl.com",
        dialect="deepl",
        key_hint="a UUID, ending in :fx for the free plan",
        key_url="https://www.deepl.com/your-account/keys",
        models=words("deepl-zh deepl-en deepl-ja"),
        endpoints=(CHAT,),
    ),
    Provider(
        39,
        "together",
        "together.ai",
        "together.ai",
        "https://api.together.xyz",
        key_hint="64 hexadecimal digits",
        key_url="https://api.together.ai/settings/api-keys",
        models=words(
            """meta-llama/Llama-3.3-70B-Instruct-Turbo moonshotai/Kimi-K3 zai-org/GLM-5.3 openai/gpt-oss-120b
            openai/gpt-oss-20b Qwen/Qwen3.7-Max MiniMaxAI/MiniMax-M3 BAAI/bge-base-en-v1.5"""
        ),
        endpoints=EVERYTHING,
        quirks={"reasoning_field": "reasoning", "edits": ("together",)},
    ),
    Provider(
        41,
        "novita",
        "Novita",
        "Novita",
        "https://api.novita.ai/v3/openai",
        key_url="https://novita.ai/settings/key-management",
        models=words(
            "deepseek/deepseek-v4-pro moonshotai/kimi-k3 minimax/minimax-m3 meta-llama/llama-3.3-70b-instruct"
        ),
        quirks={"version_prefix": ""},
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
        models=(*GEMINI_MODELS, *CLAUDE_MODELS, "text-embedding-005", "text-multilingual-embedding-002"),
        config_fields=(
            ("region", "Region", "us-central1, europe-west4, ..; empty: global"),
            ("vertex_ai_project_id", "Project", "my-project-123; empty: the service account's"),
            ("vertex_ai_adc", "Credentials", "the JSON of a service account, where it is not the key"),
        ),
    ),
    Provider(
        43,
        "proxy",
        "Proxy (raw)",
        "代理",
        "",
        dialect="proxy",
        key_hint="sent as it is",
        endpoints=(),
        base_url_required=True,
    ),
    Provider(
        45,
        "xai",
        "xAI",
        "xAI",
        "https://api.x.ai",
        key_hint="xai-…",
        key_url="https://console.x.ai",
        models=words("grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-code-fast-1"),
        endpoints=(CHAT,),
        # The models that reason (all since grok-4) answer these with an error.
        quirks={"drop": ("presence_penalty", "frequency_penalty")},
    ),
    Provider(
        46,
        "replicate",
        "Replicate",
        "Replicate",
        "https://api.replicate.com",
        dialect="replicate",
        key_hint="r8_…",
        key_url="https://replicate.com/account/api-tokens",
        model_hint="owner/model",
        models=words(
            "meta/llama-3-70b-instruct meta/llama-3-8b-instruct deepseek-ai/deepseek-v3.1 openai/gpt-oss-120b"
        ),
        endpoints=(CHAT,),
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
    ),
    Provider(
        51,
        "gemini-openai",
        "Gemini (OpenAI surface)",
        "Gemini (OpenAI)",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        key_hint="AIza…",
        key_url="https://aistudio.google.com/apikey",
        models=GEMINI_MODELS,
        quirks={"version_prefix": ""},
    ),
)
