"""What a list of models is made of, and how most of them are read. Must not know any provider."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from addon.canon.outbound import Target
from addon.control.way import Documents

MOST = 5000
LONGEST = 255
"""Characters of a model's name that a channel can hold."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A model, as a request names it. `about` is what people call it, where the name tells nothing."""

    id: str
    about: str = ""


def rows(document: Any, *places: str) -> list[dict[str, Any]]:
    """The rows of a list: at the first of these places that is there, or the document itself. Raises ValueError."""
    held = document
    if isinstance(document, dict):
        held = next((document[place] for place in places if document.get(place) is not None), None)
    if not isinstance(held, list):
        raise ValueError("no list")
    return [row for row in held if isinstance(row, dict)]


def listed(names: Iterable[Any]) -> tuple[Listed, ...]:
    """Each name once, sorted; what cannot be a name is left out."""
    usable = {name.strip() for name in names if isinstance(name, str)}
    found = sorted(name for name in usable if name and len(name) <= LONGEST and not set(name) & set(",\n\r"))
    return tuple(Listed(name) for name in found[:MOST])


def openai_rows(documents: Documents) -> Iterator[dict[str, Any]]:
    for document in documents:
        # Together answers with the bare list (api.together.ai/docs); others call it models.
        yield from rows(document, "data", "models")


def read_openai(target: Target, documents: Documents) -> tuple[Listed, ...]:
    """OpenAI's list, and what others have made of it: Groq marks retired models, Baichuan calls the name `model`,
    Gemini's surface puts models/ in front."""
    return listed(
        str(row.get("id") or row.get("model") or row.get("name") or "").removeprefix("models/")
        for row in openai_rows(documents)
        if row.get("active") is not False
    )
