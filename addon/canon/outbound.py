"""Where a request goes and what is sent there, as values.

Must not know how it is sent. Secrets stay in `Outbound.secrets`, apart from what people may look at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Any


@dataclass(frozen=True, slots=True)
class Quirks:
    """What an otherwise OpenAI-compatible provider does differently. A field per difference; few knobs.

    The row of a provider in `rules/providers.py` names fields of this class.
    """

    version_prefix: str = "/v1"
    """What stands between base URL and path; "" when the base URL already holds it. `{name}` stands for the channel's
    config value of that name."""
    paths: Mapping[str, str] = field(default_factory=dict)
    """Endpoint value -> path below the base URL, where it is not version_prefix + endpoint."""
    headers: tuple[tuple[str, str], ...] = ()
    """Extra headers of each request."""
    stream_usage: bool = True
    """The provider takes `stream_options.include_usage`."""
    functions: bool = True
    """The provider knows the old `functions`; where it does not, they go as tools."""
    drop: tuple[str, ...] = ()
    """Tuning knobs that the provider rejects."""
    rename: tuple[tuple[str, str], ...] = ()
    """Request fields that have another name there: (ours, theirs)."""
    clamp: tuple[tuple[str, float, float], ...] = ()
    """Numeric fields with a narrower range: (name, low, high)."""
    roles: tuple[tuple[str, str], ...] = ()
    """Roles of messages that have another name there: (ours, theirs)."""
    message_drop: tuple[str, ...] = ()
    """Fields of messages that the provider rejects."""
    message_rename: tuple[tuple[str, str], ...] = ()
    """Fields of messages that have another name there: (ours, theirs)."""
    model_paths: tuple[tuple[str, str], ...] = ()
    """Chat paths of models by the start of their names: (prefix, path below the base URL)."""
    edits: tuple[str, ...] = ()
    """Named edits of requests that `dialects/openai_edits.py` knows."""
    reasoning_field: str = "reasoning_content"
    """The name of the reasoning text in replies."""
    pictures: str = ""
    """The named fitting of requests for pictures that `dialects/openai_pictures.py` knows."""
    picture_stores: tuple[str, ...] = ()
    """Ends of the host names where a provider that tells pictures as URLs only keeps them (`.example.com`): from there
    their bytes are fetched for clients that want `b64_json`."""
    redraw: str = ""
    """The named way of `dialects/openai_redraw.py` in which the provider takes pictures that are to be changed; ""
    where it is OpenAI's."""
    json_sound: bool = False
    """Transcriptions are asked for in JSON with the sound in base64, not with a form."""
    transcripts: tuple[str, ...] = ()
    """The forms of transcripts that it gives, streams not among them; (): all of OpenAI's. The others are made of
    these."""
    speech: str = ""
    """The named fitting of requests for speech that `dialects/openai_sound.py` knows."""
    repairs: tuple[str, ...] = ()
    """Named repairs of replies that `dialects/openai_repairs.py` knows."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where one attempt goes. `base_url` has no trailing slash; `model` is the upstream model, after mapping."""

    base_url: str
    key: str
    model: str
    quirks: Quirks = Quirks()
    config: Mapping[str, str] = field(default_factory=dict)
    system_prompt: str = ""
    mapped: bool = False
    """The channel's mapping names `model`: it is meant literally."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Environment settings a dialect may need (`GEMINI_VERSION`, ..)."""
    now: int = 0
    """Unix seconds, for signatures: signing is pure."""
    minted: str = ""
    """The token that the dialect's `mint` asked for."""


@dataclass(frozen=True, slots=True)
class Outbound:
    """A provider's request. `headers` may be shown; `secrets` (header, value) are added to the sent copy only.

    `secret_query` are (name, value) pairs added to the URL of the sent copy only.
    `upgrade`: a WebSocket is asked for (a GET). `body`, if there is one, is the first text message on it, and what the
    provider says there is read like a stream of JSON lines. Without one the client itself talks over it.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    secrets: tuple[tuple[str, str], ...] = ()
    secret_query: tuple[tuple[str, str], ...] = ()
    upgrade: bool = False
