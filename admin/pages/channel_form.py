"""A channel's form: from and to what the stores know, another provider's fields without losing input, and the
provider's list of models.

Must not know routes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash

from admin import keys, providers, relay
from admin.advice import advised
from admin.forms import Form, comma_text, one_per_line, typed, whole
from admin.i18n import gettext as _
from admin.stores import stores
from rules.channels import WRITABLE
from rules.errors import Invalid
from rules.patience import TIMEOUTS
from rules.providers import Provider
from rules.values import ChannelRecord

SIMPLE = ("name", "key", "base_url", "models")
ADVANCED = ("group", "priority", "weight", "model_mapping", "system_prompt")
CONFIG = "config."
FOUND = "found"
"""The ticked models of the provider's list."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A provider's models for the form. `note` is about the list; `kind` is that of the note.

    `strange` are names of the form that are not in the provider's list.
    """

    models: tuple[relay.Model, ...]
    note: str = ""
    kind: str = "good"
    strange: tuple[str, ...] = ()
    had: frozenset[str] = frozenset()


def blank(provider: Provider) -> Form:
    """A new channel's form, filled with what is known of the provider."""
    values: dict[str, object] = {
        "base_url": provider.base_url,
        "models": usual_models(provider),
        "group": "default",
        "priority": 0,
        "weight": 1,
        "type": provider.id,
    }
    return Form(values)


def usual_models(provider: Provider) -> str:
    """What the field begins with: nothing where nobody knows what stands at the address."""
    return ", ".join(provider.models if not provider.base_url_required or provider.name == "azure" else ())


def sent(given: Mapping[str, str], ticked: list[str]) -> Form:
    """The form as it came, with whatever was typed for other providers; the ticked models are among the others."""
    form = typed(given, "type", *SIMPLE, *ADVANCED, *(name for name in given if name.startswith(CONFIG)))
    if ticked:
        form.values["models"] = comma_text(one_per_line(form.text("models") + "," + ",".join(ticked)))
    return form


def switch(form: Form, before: Provider | None, after: Provider) -> None:
    """What was put in for the one provider gives way to the other's; what was typed stays."""
    form.values["type"] = after.id
    if before is None or before.id == after.id:
        return
    if form.text("base_url").rstrip("/") == before.base_url:
        form.values["base_url"] = after.base_url
    if names(form) == [*before.models] or not names(form):
        form.values["models"] = usual_models(after)


def names(form: Form) -> list[str]:
    return [name for name in one_per_line(form.text("models")).split(",") if name]


def offer(form: Form, provider: Provider, channel: ChannelRecord | None) -> Offer | None:
    """The provider's list for this form, saved or not; None and a problem in the form if it cannot be asked for."""
    had = frozenset(names(form))
    usual = tuple(relay.Model(name) for name in provider.models)
    if not provider.model_list:
        return Offer(usual, _("This provider publishes no list; these are the models that are known here."), had=had)
    if not form.text("key") and channel is None and provider.name != "ollama":
        form.problems["key"] = _("The provider's key is needed")
    try:
        base_url = WRITABLE["base_url"](form.text("base_url"), "base_url")
        providers.check_base_url({"type": provider.id, "base_url": base_url})
    except Invalid as refusal:
        form.refuse(refusal)
    if form.problems:
        return None
    outcome = relay.list_models(stores(), draft(form, provider, base_url, channel))
    if not outcome.success:
        return Offer(usual, advised(outcome.kind, outcome.message), "error", had=had)
    told = {model.id for model in outcome.models}
    strange = tuple(name for name in names(form) if mapped(form, name) not in told and name not in told)
    return Offer(outcome.models, strange=strange, had=had)


def draft(form: Form, provider: Provider, base_url: str, channel: ChannelRecord | None) -> dict[str, Any]:
    """The channel as the form has it: the first of several keys stands for all."""
    lines = [line.strip() for line in typed_key(form).splitlines() if line.strip()]
    config = {name.removeprefix(CONFIG): form.text(name) for name in config_names(provider) if form.text(name)}
    question = {"type": provider.id, "key": next(iter(lines), ""), "base_url": base_url, "config": config}
    return question | ({"channel_id": channel.id} if channel else {})


def typed_key(form: Form) -> str:
    """The key as it was pasted. Google's credentials come as a document of many lines, and are one key."""
    text = form.text("key").replace("\r", "")
    before, brace, rest = text.partition("{")
    try:
        return before + json.dumps(json.loads(brace + rest)) if brace else text
    except ValueError:
        return text


def mapped(form: Form, name: str) -> str:
    """The name that the provider gets for this one."""
    try:
        mapping = json.loads(form.text("model_mapping") or "{}")
    except ValueError:
        return name
    return str(mapping.get(name, name)) if isinstance(mapping, dict) else name


def stored(channel: ChannelRecord) -> Form:
    mapping = (
        json.dumps(json.loads(channel.model_mapping), ensure_ascii=False, indent=2) if channel.model_mapping else ""
    )
    config = {f"{CONFIG}{name}": value for name, value in channel.config.items()}
    values: dict[str, object] = {
        "type": channel.type,
        "name": channel.name,
        "base_url": channel.base_url,
        "models": comma_text(channel.models),
        "group": comma_text(channel.group),
        "priority": channel.priority,
        "weight": channel.weight,
        "model_mapping": mapping,
        "system_prompt": channel.system_prompt,
        "secret_config": channel.secret_config,
    }
    return Form(values | config)


def add(form: Form, provider: Provider) -> tuple[int, ...]:
    """Create the channels of a form (one per key); () and problems in the form if that cannot be."""
    form.values["type"] = provider.id
    changes = changes_of(form, provider) | {"type": provider.id}
    if not form.text("key") and provider.name != "ollama":
        form.problems["key"] = _("The provider's key is needed")
    if not form.text("models"):
        form.problems["models"] = _("Name at least one model")
    try:
        if not form.problems:
            providers.check_base_url(changes)
            return stores().channels.create(changes)
    except Invalid as refusal:
        form.refuse(refusal)
    return ()


def changes_of(form: Form, provider: Provider) -> dict[str, object]:
    """What the stores are told. The provider's own address is stored as "", so that it may change with the provider."""
    base_url = form.text("base_url").rstrip("/")
    changes: dict[str, object] = {
        "name": form.text("name") or providers.title_of(provider),
        "key": typed_key(form),
        "base_url": "" if base_url == provider.base_url else base_url,
        "models": one_per_line(form.text("models")),
    }
    if provider.config_fields:
        kept = (*config_names(provider), CONFIG + TIMEOUTS)
        changes["config"] = {name.removeprefix(CONFIG): form.text(name) for name in kept if form.text(name)}
    if "group" not in form.values:
        return changes
    return changes | {
        "group": one_per_line(form.text("group")),
        "priority": whole(form, "priority"),
        "weight": whole(form, "weight"),
        "model_mapping": form.text("model_mapping"),
        "system_prompt": form.text("system_prompt").replace("\r", ""),
    }


def config_names(provider: Provider) -> tuple[str, ...]:
    return tuple(CONFIG + name for name, _label, _hint in provider.config_fields)


def unknown_provider(channel: ChannelRecord) -> Provider:
    """A channel of a type that this version does not know can still be looked at, switched off and deleted."""
    title = providers.title_of_type(channel.type)
    return Provider(channel.type, f"type-{channel.type}", title, title, "")


def warn(number: int, channel_ids: list[int]) -> None:
    """Says what the operator should know of channels that are saved all the same."""
    missing = providers.not_yet(number, stores().config.dialects)
    for warning in filter(None, [missing, *keys.remarks(stores(), channel_ids)]):
        flash(warning, "warning")
