"""Recorded provider traffic as test cases: those of `../shared/recordings` and our own in `tests/recordings`.

Must not know any reader or dialect: it hands out what is in the files. The files' format is in the recordings' README.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "recordings"
SHARED_ROOTS = (SHARED, *map(Path, filter(None, os.environ.get("ONEAPI_TEST_RECORDINGS", "").split(os.pathsep))))
"""Where others' recordings are: beside the repository, and in the folders that ONEAPI_TEST_RECORDINGS names."""
OWN = Path(__file__).resolve().parent / "recordings"
MISSING = "the recordings are not beside the repository (../shared/recordings)"


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded exchange. `body` are the reply's exact bytes; `chunk_lengths` the real read sizes, () if unknown."""

    provider: str
    kind: str
    name: str
    url: str
    request: Any
    status: int
    headers: dict[str, str]
    body: bytes
    chunk_lengths: tuple[int, ...]
    framing: str
    model: str
    own: bool
    document: dict[str, Any]

    @property
    def streamed(self) -> bool:
        return self.kind.endswith("-stream")

    @property
    def id(self) -> str:
        return f"{self.provider}/{self.name}"


def load(path: Path) -> Recording:
    document = json.loads(path.read_text(encoding="utf-8"))
    response = document["response"]
    if "body_base64" in response:
        body = base64.b64decode(response["body_base64"])
    else:
        body = response.get("body_text", "").encode()
    return Recording(
        provider=document["provider"],
        kind=document["kind"],
        name=path.name.removesuffix(".json"),
        url=document["request"].get("url", ""),
        request=document["request"].get("body"),
        status=response["status"],
        headers={name.lower(): str(value) for name, value in response.get("headers", {}).items()},
        body=body,
        chunk_lengths=tuple(response.get("chunk_lengths") or ()),
        framing=document.get("framing", ""),
        model=document.get("model") or "",
        own=path.is_relative_to(OWN),
        document=document,
    )


@cache
def of_provider(provider: str) -> tuple[Recording, ...]:
    """Every recording of one provider (a folder's name), shared and our own, in the order of their names."""
    folders = (folder / provider for folder in (*SHARED_ROOTS, OWN))
    return tuple(load(path) for folder in folders if folder.is_dir() for path in sorted(folder.glob("*.json")))


@cache
def everybodys() -> tuple[Recording, ...]:
    """Every recording that is not our own, whatever its folder is called."""
    folders = {folder.name for root in SHARED_ROOTS if root.is_dir() for folder in root.iterdir()}
    return tuple(one for name in sorted(folders) for one in of_provider(name) if not one.own)


def recordings(providers: Iterable[str], kinds: Iterable[str]) -> list[Recording]:
    """The recordings of these providers and kinds (`chat`, `chat-stream`, `embeddings`, ..)."""
    wanted = set(kinds)
    return [recording for provider in providers for recording in of_provider(provider) if recording.kind in wanted]


def cases(providers: Iterable[str], kinds: Iterable[str]) -> list[Any]:
    """The same for `pytest.mark.parametrize`; one skipped parameter says when the shared ones are missing."""
    found = [pytest.param(recording, id=recording.id) for recording in recordings(providers, kinds)]
    if not SHARED.is_dir():
        found.append(pytest.param(None, id="shared", marks=pytest.mark.skip(reason=MISSING)))
    return found
