"""Rows of the international labs and hosts of open models, by One API's channel type.

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
    MODERATIONS,
    RERANK,
    SPEECH,
    TRANSCRIPTIONS,
    TRANSLATIONS,
    Provider,
    words,
)

ROWS: tuple[Provider, ...] = (
    Provider(
        20,
        "openrouter",
        "OpenRouter",
        "OpenRouter",
        "https://openrouter.ai/api",
        key_hint="sk-or-…",
        key_url="https://openrouter.ai/settings/keys",
        model_hint="vendor/model, and :free, :nitro or :online behind it",
        models=words(
            """openrouter/auto openai/gpt-5-mini anthropic/claude-sonnet-5 google/gemini-3.8-flash
            openai/gpt-4o-mini-tts-2025-12-15 openai/whisper-1 google/gemini-2.5-flash-image"""
        ),
        endpoints=(CHAT, COMPLETIONS, EMBEDDINGS, IMAGES, IMAGE_EDITS, SPEECH, TRANSCRIPTIONS),
        quirks={
            "paths": {IMAGES: "/v1/images", IMAGE_EDITS: "/v1/images"},
            "pictures": "openrouter",
            "redraw": "openrouter",
            "headers": (("HTTP-Referer", "https://github.com/songquanpeng/one-api"), ("X-Title", "One API")),
            "message_rename": (("reasoning_content", "reasoning"),),
            "reasoning_field": "reasoning",
            "json_sound": True,
            "transcripts": ("json",),
            "speech": "openrouter",
        },
        balance="openrouter",
    ),
    Provider(
        28,
        "mistral",
        "Mistral AI",
        "Mistral AI",
        "https://api.mistral.ai",
        dialect="mistral",
        key_hint="32 letters and digits",
        key_url="https://console.mistral.ai/api-keys",
        models=words(
            """mistral-large-latest mistral-medium-latest mistral-small-latest ministral-8b-latest ministral-3b-latest
            magistral-medium-latest codestral-latest devstral-latest pixtral-large-latest open-mistral-nemo
            voxtral-mini-latest voxtral-small-latest voxtral-mini-tts-3-0 mistral-embed codestral-embed
            mistral-moderation-latest"""
        ),
        endpoints=(CHAT, EMBEDDINGS, SPEECH, TRANSCRIPTIONS, MODERATIONS),
        quirks={
            "functions": False,
            "stream_usage": False,
            "roles": DEVELOPER_IS_SYSTEM,
            # The request schema is closed: a field that is not in it is a 422.
            "drop": words(
                """stream_options user logprobs top_logprobs logit_bias store service_tier modalities audio verbosity
                safety_identifier functions function_call web_search_options prompt_cache_options
                prompt_cache_retention moderation"""
            ),
            "rename": (
                ("seed", "random_seed"),
                ("max_completion_tokens", "max_tokens"),
                ("dimensions", "output_dimension"),
            ),
            "clamp": (("temperature", 0, 1.5),),
            "edits": ("mistral", "mistral-parts", "mistral-turns"),
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
        models=words(
            """openai/gpt-oss-120b openai/gpt-oss-20b openai/gpt-oss-safeguard-20b qwen/qwen3.8-27b
            whisper-large-v3 whisper-large-v3-turbo canopylabs/orpheus-v1-english"""
        ),
        endpoints=(CHAT, EMBEDDINGS, SPEECH, TRANSCRIPTIONS, TRANSLATIONS),
        quirks={
            "roles": DEVELOPER_IS_SYSTEM,
            "drop": words("logprobs top_logprobs logit_bias store metadata presence_penalty frequency_penalty"),
            "message_drop": ("name", "reasoning_details"),
            "message_rename": (("reasoning_content", "reasoning"),),
            "reasoning_field": "reasoning",
            "edits": ("groq",),
            "transcripts": ("json", "text", "verbose_json"),
            "speech": "groq",
        },
    ),
    Provider(
        30,
        "ollama",
        "Ollama",
        "Ollama",
        "http://localhost:11434",
        dialect="ollama",
        key_hint="anything: a local Ollama asks for none; ollama.com has keys",
        key_url="https://ollama.com/settings/keys",
        model_hint="a model that has been pulled; -cloud ones run at ollama.com",
        models=words("llama3.1 llama3 qwen3-coder:480b-cloud gpt-oss:120b-cloud gpt-oss:20b-cloud mistral codellama"),
        endpoints=(CHAT, COMPLETIONS, EMBEDDINGS, IMAGES),
        config_fields=(
            ("api_version", "API version", "empty: Ollama's own API; v1: its OpenAI-compatible surface"),
            ("num_ctx", "Context length", "tokens, as 32768; empty: the server's default, which is short"),
        ),
        model_list="ollama",
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
        model_hint="Cohere's name; with -internet behind it, the old API with its web search",
        models=words(
            """command-a-plus-05-2026 command-a-reasoning-08-2025 command-a-03-2025 command-r-plus-08-2024
            command-r-08-2024 command-r7b-12-2024 embed-v4.0 embed-multilingual-v3.0 embed-english-v3.0 rerank-v3.5
            cohere-transcribe-03-2026"""
        ),
        endpoints=(CHAT, EMBEDDINGS, RERANK, TRANSCRIPTIONS),
        quirks={"transcripts": ("json",)},
        config_fields=(
            ("api_version", "API version", "empty: v2; v1 for the old chat API"),
            ("input_type", "Embeddings for", "search_document (if empty), search_query, classification or clustering"),
        ),
        model_list="cohere",
    ),
    Provider(
        37,
        "cloudflare",
        "Cloudflare Workers AI",
        "Cloudflare Workers AI",
        "https://api.cloudflare.com",
        dialect="cloudflare",
        key_hint="40 characters, an API token with the Workers AI permission",
        key_url="https://dash.cloudflare.com/profile/api-tokens",
        model_hint="@cf/vendor/model",
        models=words(
            """@cf/openai/gpt-oss-120b @cf/openai/gpt-oss-20b @cf/meta/llama-3.3-70b-instruct-fp8-fast
            @cf/meta/llama-4-scout-17b-16e-instruct @cf/mistralai/mistral-small-3.1-24b-instruct
            @cf/qwen/qwen3-30b-a3b-fp8 @cf/moonshotai/kimi-k2.6 @cf/zai-org/glm-5.2 @cf/baai/bge-m3
            @cf/black-forest-labs/flux-1-schnell @cf/stabilityai/stable-diffusion-xl-base-1.0
            @cf/bytedance/stable-diffusion-xl-lightning @cf/openai/whisper-large-v3-turbo @cf/openai/whisper
            @cf/deepgram/nova-3 @cf/deepgram/aura-2-en @cf/myshell-ai/melotts"""
        ),
        endpoints=(CHAT, COMPLETIONS, EMBEDDINGS, IMAGES, IMAGE_EDITS, SPEECH, TRANSCRIPTIONS, TRANSLATIONS),
        quirks={"roles": DEVELOPER_IS_SYSTEM, "repairs": ("tagged-thoughts",)},
        config_fields=(
            ("user_id", "Account ID", "32 hexadecimal digits, from the dashboard's address"),
            ("api_version", "API version", "empty: the OpenAI-compatible surface; run: the native one, /ai/run"),
        ),
        model_list="cloudflare",
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
        model_hint="deepl- and the language to translate into, as in deepl-pt-br",
        models=words("deepl-zh deepl-en deepl-ja"),
        endpoints=(CHAT,),
        balance="deepl",
        model_list="deepl",
    ),
    Provider(
        39,
        "together",
        "together.ai",
        "together.ai",
        "https://api.together.xyz",
        key_hint="64 hexadecimal digits, or tgp_v1_…",
        key_url="https://api.together.ai/settings/api-keys",
        models=words(
            """meta-llama/Llama-3.3-70B-Instruct-Turbo moonshotai/Kimi-K3 zai-org/GLM-5.3 openai/gpt-oss-120b
            openai/gpt-oss-20b Qwen/Qwen3.7-Max MiniMaxAI/MiniMax-M3 BAAI/bge-base-en-v1.5
            black-forest-labs/FLUX.1-schnell stabilityai/stable-diffusion-3-medium hexgrad/Kokoro-82M
            openai/whisper-large-v3"""
        ),
        endpoints=(CHAT, COMPLETIONS, EMBEDDINGS, IMAGES, IMAGE_EDITS, RERANK, SPEECH, TRANSCRIPTIONS, TRANSLATIONS),
        quirks={
            "roles": DEVELOPER_IS_SYSTEM,
            "drop": words("user store metadata service_tier"),
            "rename": (("max_completion_tokens", "max_tokens"),),
            "reasoning_field": "reasoning",
            "edits": ("together", "together-effort"),
            "repairs": ("tagged-thoughts",),
            "pictures": "together",
            "redraw": "together",
            "paths": {IMAGE_EDITS: "/v1/images/generations"},
            "transcripts": ("json", "verbose_json"),
            "speech": "together",
        },
    ),
    Provider(
        41,
        "novita",
        "Novita",
        "Novita",
        "https://api.novita.ai/v3/openai",
        dialect="novita",
        key_hint="sk_…",
        key_url="https://novita.ai/settings/key-management",
        models=words(
            """deepseek/deepseek-v4-pro moonshotai/kimi-k3 minimax/minimax-m3 meta-llama/llama-3.3-70b-instruct
            minimax-speech-2.8-hd minimax-speech-2.8-turbo seedream-4.5 qwen-image-txt2img qwen-image-edit"""
        ),
        endpoints=(CHAT, COMPLETIONS, EMBEDDINGS, IMAGES, IMAGE_EDITS, SPEECH),
        quirks={"version_prefix": "", "roles": DEVELOPER_IS_SYSTEM, "repairs": ("tagged-thoughts",)},
        balance="novita",
    ),
    Provider(
        45,
        "xai",
        "xAI",
        "xAI",
        "https://api.x.ai",
        key_hint="xai-…",
        key_url="https://console.x.ai",
        dialect="xai",
        models=words(
            """grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-code-fast-1 grok-imagine-image grok-tts
            grok-voice-transcribe-2.0"""
        ),
        endpoints=(CHAT, IMAGES, IMAGE_EDITS, SPEECH, TRANSCRIPTIONS),
        quirks={"roles": DEVELOPER_IS_SYSTEM, "edits": ("xai",), "pictures": "xai", "redraw": "xai"},
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
        model_hint="owner/model, or owner/model:version",
        models=words(
            """meta/meta-llama-3-70b-instruct meta/meta-llama-3-8b-instruct deepseek-ai/deepseek-v3.1
            openai/gpt-oss-120b black-forest-labs/flux-schnell black-forest-labs/flux-1.1-pro
            stability-ai/stable-diffusion-3.5-large ideogram-ai/ideogram-v2-turbo recraft-ai/recraft-v3
            minimax/speech-2.8-turbo openai/gpt-4o-transcribe"""
        ),
        endpoints=(CHAT, IMAGES, IMAGE_EDITS, SPEECH, TRANSCRIPTIONS, TRANSLATIONS),
        model_list="replicate",
    ),
)
