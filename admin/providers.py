"""Providers as people see them: titles, an order for the picker, what a form must ask for.

The rows themselves are in rules.providers. Must not know dialects: which of them exist is told by the configuration.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from markupsafe import Markup

from admin.i18n import gettext as _
from admin.i18n import language
from rules.errors import Invalid
from rules.providers import PROVIDERS, Provider

# What most people come with, first; the rest follows by name.
POPULAR = ("openai", "anthropic", "gemini", "deepseek", "bailian", "coze", "azure", "moonshot", "zhipu", "doubao",
           "openrouter", "ollama", "siliconflow", "mistral", "openai-compatible")  # fmt: skip
DEMO_TYPE = 50


def title_of(provider: Provider) -> str:
    return provider.title_zh if language() == "zh" else provider.title_en


def title_of_type(number: int) -> str:
    """The title of a channel type; types that this version does not know keep their number."""
    provider = PROVIDERS.get(number)
    return title_of(provider) if provider else _("Type %(number)s", number=number)


def popular() -> list[Provider]:
    by_name = {provider.name: provider for provider in PROVIDERS.values()}
    return [by_name[name] for name in POPULAR if name in by_name]


def everyone() -> list[Provider]:
    return sorted(PROVIDERS.values(), key=lambda provider: title_of(provider).lower())


def choices() -> list[tuple[int, str]]:
    return [(provider.id, title_of(provider)) for provider in everyone()]


def key_format(provider: Provider) -> Markup:
    return Markup("<code>{}</code>").format(_(provider.key_hint))


def find(number: object) -> Provider | None:
    """The provider of a channel type as it comes from a form or an address."""
    text = str(number)
    return PROVIDERS.get(int(text)) if text.isascii() and text.isdigit() else None


def not_yet(number: int, dialects: Iterable[str] | None) -> str:
    """What to tell the operator who saves a channel that this version cannot serve yet; "" if it can."""
    provider = PROVIDERS.get(number)
    if provider is None or dialects is None or provider.dialect in dialects:
        return ""
    return _(
        "Saved, but this version cannot speak to %(name)s yet (its format “%(dialect)s” is missing): the channel"
        " stays unused until then.",
        name=title_of(provider),
        dialect=provider.dialect,
    )


def check_base_url(values: Mapping[str, object]) -> None:
    """A new channel of a provider without an address of its own must bring one. Raises Invalid."""
    provider = find(values.get("type"))
    if provider and provider.base_url_required and not values.get("base_url"):
        raise Invalid("无效的参数：请填写代理地址", "base_url")
