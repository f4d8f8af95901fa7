"""OpenAI's requests for any provider that speaks its dialect: only the bytes that must change do.

Must not know replies. What a provider wants otherwise is in its row's quirks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from addon.canon.drawing import Drawing
from addon.canon.form import Change, spliced
from addon.canon.outbound import Outbound, Quirks, Target
from addon.canon.request import (
    CannotCarry,
    ChatRequest,
    CompletionRequest,
    EmbeddingRequest,
    Endpoint,
    FormRequest,
    ImageRequest,
    Request,
    SpeechRequest,
)
from addon.dialects import openai_functions, openai_redraw, openai_sound
from addon.dialects.openai_edits import EDITS
from addon.dialects.openai_pictures import PICTURES
from addon.dialects.openai_splice import DROP, DocumentEdit, Renamed, apply, dumps

AI_GATEWAY = "https://gateway.ai.cloudflare.com"
SYSTEM_ROLES = ("system", "developer")
_VERSION = re.compile(r"/v\d+")


def build(request: Request, target: Target) -> Outbound:
    """The request at the provider's own address, with its key."""
    if isinstance(request, ChatRequest) and openai_functions.converts(request, target.quirks):
        request = openai_functions.modern(request)
    if target.quirks.redraw and isinstance(request, Drawing) and request.endpoint is Endpoint.IMAGE_EDITS:
        if target.quirks.redraw != openai_redraw.FORM:
            request = openai_redraw.redrawn(request)
        elif isinstance(request, ImageRequest):
            return _as_form(request, target)
    if isinstance(request, FormRequest) and target.quirks.json_sound and request.endpoint in openai_sound.HEARD:
        return openai_sound.build(request, target, path(request.endpoint, target))
    return Outbound(
        method="POST",
        url=target.base_url + path(request.endpoint, target),
        headers=headers(request, target.quirks),
        body=document(request, target),
        secrets=(("authorization", f"Bearer {target.key}"),),
    )


def _as_form(request: ImageRequest, target: Target) -> Outbound:
    content_type, body = openai_redraw.as_form(request, target)
    return Outbound(
        method="POST",
        url=target.base_url + path(request.endpoint, target),
        headers=(("content-type", content_type), ("accept", "application/json")),
        body=body,
        secrets=(("authorization", f"Bearer {target.key}"),),
    )


def headers(request: Request, quirks: Quirks) -> tuple[tuple[str, str], ...]:
    """Sound and subtitles are no JSON, so those endpoints take what comes."""
    form = isinstance(request, FormRequest)
    plain = "*/*" if form or isinstance(request, SpeechRequest) else "application/json"
    content_type = request.content_type if isinstance(request, FormRequest) else "application/json"
    own = tuple((name.lower(), value) for name, value in quirks.headers)
    return (("content-type", content_type), ("accept", "text/event-stream" if request.stream else plain), *own)


def path(endpoint: Endpoint, target: Target) -> str:
    """The path below the base URL. Raises CannotCarry if the channel's config lacks something that stands in it."""
    quirks = target.quirks
    found = quirks.paths.get(endpoint)
    if endpoint is Endpoint.CHAT:
        found = next((path for prefix, path in quirks.model_paths if target.model.startswith(prefix)), found)
    if found is None:
        found = f"{_version_prefix(target)}/{endpoint.value}"
    elif not _version_prefix(target):
        found = found.removeprefix(quirks.version_prefix)
    return _filled(found, target.config)


def _version_prefix(target: Target) -> str:
    """A base URL that already ends with the version gets no second one, even where it stands behind another path
    (`/api/coding/v3` for `/api/v3`); Cloudflare's AI Gateway has none."""
    prefix, base = target.quirks.version_prefix, target.base_url
    if base.startswith(AI_GATEWAY):
        return "/v1" if base.endswith("/workers-ai") else ""
    version = prefix[prefix.rfind("/") :]
    return "" if _VERSION.fullmatch(version) and base.endswith(version) else prefix


def _filled(template: str, config: Mapping[str, str]) -> str:
    if "{" not in template:
        return template
    try:
        return template.format_map({name: value for name, value in config.items() if value})
    except KeyError as missing:
        raise CannotCarry("model", f"the channel has no {missing.args[0]} in its configuration") from None


def document(request: Request, target: Target) -> bytes:
    """The client's document, or form, with the edits this provider needs."""
    if isinstance(request, FormRequest):
        return spliced(request, {**openai_sound.form_changes(request, target), **_picture_changes(request, target)})
    edit = edits(request, target)
    try:
        return apply(request.raw, edit)
    except ValueError:
        # Not UTF-8, or with a byte order mark: read well by the face, but not to be spliced.
        return apply(dumps(request.body).encode("utf-8", "surrogatepass"), edit)


def edits(request: Request, target: Target) -> DocumentEdit:
    """What must change in the client's document, and nothing else."""
    body, quirks = request.body, target.quirks
    edit = DocumentEdit()
    if body.get("model") != target.model:
        edit.top["model"] = target.model
    if not isinstance(request, ChatRequest | CompletionRequest | EmbeddingRequest):
        _fit_media(request, target, edit)
        return edit
    _ask_for_usage(request, quirks, edit)
    _fit_fields(body, quirks, edit)
    if isinstance(request, ChatRequest):
        _put_system_prompt(body, target.system_prompt, edit)
        _fit_messages(body, quirks, edit)
    for name in quirks.edits:
        EDITS[name](body, target, edit)
    return edit


def _fit_media(request: Request, target: Target, edit: DocumentEdit) -> None:
    """The quirks of a row are about conversations; what differs for pictures and speech has a place of its own."""
    if isinstance(request, ImageRequest):
        _fit_pictures(request, target, edit)
        if request.endpoint is Endpoint.IMAGE_EDITS and target.quirks.redraw in openai_redraw.REDRAW:
            openai_redraw.REDRAW[target.quirks.redraw](request, target, edit)
    if isinstance(request, SpeechRequest) and target.quirks.speech:
        openai_sound.SPEECH[target.quirks.speech](request, target, edit)


def _fit_pictures(request: Drawing, target: Target, edit: DocumentEdit) -> None:
    if target.quirks.pictures:
        PICTURES[target.quirks.pictures](request, target, edit)


def _picture_changes(request: FormRequest, target: Target) -> dict[str, Change]:
    """What must change in a form with pictures, beside the model."""
    edit = DocumentEdit()
    if request.endpoint in (Endpoint.IMAGE_EDITS, Endpoint.IMAGE_VARIATIONS):
        _fit_pictures(request, target, edit)
    return {**openai_redraw.form_changes(edit)}


def _ask_for_usage(request: Request, quirks: Quirks, edit: DocumentEdit) -> None:
    options = request.body.get("stream_options")
    if not quirks.stream_usage:
        if options is not None:
            edit.top["stream_options"] = DROP
    elif request.stream and not request.include_usage:
        edit.top["stream_options"] = {**(options if isinstance(options, dict) else {}), "include_usage": True}


def _fit_fields(body: Mapping[str, Any], quirks: Quirks, edit: DocumentEdit) -> None:
    for name in quirks.drop:
        if name in body:
            edit.top[name] = DROP
    for ours, theirs in quirks.rename:
        if ours in body:
            edit.top[ours] = DROP if theirs in body else Renamed(theirs)
    for name, low, high in quirks.clamp:
        value = body.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and not low <= value <= high:
            edit.top[name] = low if value < low else high


def _put_system_prompt(body: Mapping[str, Any], prompt: str, edit: DocumentEdit) -> None:
    """The channel's prompt takes the place of a leading system message's content, or goes before all others."""
    if not prompt:
        return
    messages = body.get("messages") or [{}]
    if messages[0].get("role") in SYSTEM_ROLES:
        edit.message(0)["content"] = prompt
    else:
        edit.first_message = {"role": "system", "content": prompt}


def _fit_messages(body: Mapping[str, Any], quirks: Quirks, edit: DocumentEdit) -> None:
    roles = dict(quirks.roles)
    if not (roles or quirks.message_drop or quirks.message_rename):
        return
    for index, message in enumerate(body.get("messages") or ()):
        if message.get("role") in roles:
            edit.message(index)["role"] = roles[message["role"]]
        for name in quirks.message_drop:
            if name in message:
                edit.message(index)[name] = DROP
        for ours, theirs in quirks.message_rename:
            if ours in message:
                edit.message(index)[ours] = DROP if theirs in message else Renamed(theirs)
