"""What a row of the provider table is. Knows no provider; must not know addon, peewee or HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# The values of the relay's `Endpoint`, written out because rules knows no relay.
CHAT = "chat/completions"
COMPLETIONS = "completions"
EMBEDDINGS = "embeddings"
IMAGES = "images/generations"
IMAGE_EDITS = "images/edits"
IMAGE_VARIATIONS = "images/variations"
SPEECH = "audio/speech"
TRANSCRIPTIONS = "audio/transcriptions"
TRANSLATIONS = "audio/translations"
MODERATIONS = "moderations"
RERANK = "rerank"
PROXY = "oneapi/proxy"
FILES = "files"
REALTIME = "realtime"

DEVELOPER_IS_SYSTEM = (("developer", "system"),)


@dataclass(frozen=True, slots=True)
class Provider:
    """A vendor. `id` is One API's channel type.

    `dialect` may name one that does not exist yet: saving such a channel tells the operator.
    `base_url` has no trailing slash, and is "" where the operator gives it (`base_url_required`).
    `endpoints` are the paths below `/v1/` that it offers. `models` are today's defaults, not a limit.
    `quirks` are keyword arguments for `addon.canon.outbound.Quirks`.
    `config_fields` are (name, label, hint) of what a channel's config holds besides its key.
    `balance` and `model_list` name how the relay asks what is left and which models there are (`addon/control`);
    "": this provider does not tell.
    """

    id: int
    name: str
    title_en: str
    title_zh: str
    base_url: str
    dialect: str = "openai"
    key_hint: str = "sk-…"
    key_url: str = ""
    model_hint: str = ""
    models: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = (CHAT, EMBEDDINGS)
    quirks: Mapping[str, Any] = field(default_factory=dict)
    config_fields: tuple[tuple[str, str, str], ...] = ()
    base_url_required: bool = False
    balance: str = ""
    model_list: str = "openai"

    @property
    def title(self) -> str:
        """Both titles where they differ, for lists that are not translated."""
        return self.title_en if self.title_en == self.title_zh else f"{self.title_zh} ({self.title_en})"


def words(text: str) -> tuple[str, ...]:
    """The words of a text: a short way to write a list of model names."""
    return tuple(text.split())
