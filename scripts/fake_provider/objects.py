"""Files, batches and fine-tuning jobs of one fake provider: everybody's on one shelf, as at a real one. No sockets."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from scripts.fake_provider.answer import Answer, document

PLACE = re.compile(r".*/(?:v1|openai)/(files|batches|fine_tuning/jobs)(?:/([^/]+)(?:/(\w+))?)?")
KINDS = {
    "files": ("file", "file"),
    "batches": ("batch", "batch"),
    "fine_tuning/jobs": ("ftjob", "fine_tuning.job"),
}
CREATED = 1_700_000_000


@dataclass(slots=True)
class Shelf:
    """What has been made. A batch is done at once, and its results are a file of their own."""

    made: dict[str, dict[str, Any]] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def answer(self, method: str, path: str, query: str, asked: dict[str, Any]) -> Answer | None:
        """None for any other path."""
        found = PLACE.fullmatch(path)
        if found is None:
            return None
        kind, name, act = found.groups()
        if name is None:
            return self._make(kind, asked) if method == "POST" else self._list(kind, dict(parse_qsl(query)))
        if name not in self.made:
            return document({"error": {"message": f"No such object: {name}", "type": "invalid_request_error"}}, 404)
        if method == "DELETE":
            return document({"id": name, "object": self.made.pop(name)["object"], "deleted": True})
        if act == "content":
            return Answer(200, (("content-type", "application/octet-stream"),), (self.contents[name],))
        if act in ("events", "checkpoints"):
            return document({"object": "list", "data": [{"id": "ftevent-fake", "message": "began"}], "has_more": False})
        return document({**self.made[name], **({"status": "cancelling"} if act == "cancel" else {})})

    def _list(self, kind: str, asked: dict[str, str]) -> Answer:
        """A page, the oldest first."""
        every = [one for one in self.made.values() if one["object"] == KINDS[kind][1]]
        names = [one["id"] for one in every]
        start = names.index(asked["after"]) + 1 if asked.get("after") in names else 0
        items = every[start : start + int(asked.get("limit", "20"))]
        ends = {"first_id": items[0]["id"], "last_id": items[-1]["id"]} if items else {}
        return document({"object": "list", "data": items, "has_more": start + len(items) < len(every), **ends})

    def _make(self, kind: str, asked: dict[str, Any]) -> Answer:
        kept = {name: value for name, value in asked.items() if not isinstance(value, bytes)}
        content = asked.get("file", b"")
        if kind == "files":
            return document(self._put(kind, content, {**kept, "bytes": len(content), "filename": "fake"}))
        if kind == "batches":
            results = self._put("files", b'{"custom_id": "1"}\n', {"purpose": "batch_output", "bytes": 19})
            kept = {**kept, "status": "completed", "output_file_id": results["id"]}
        return document(self._put(kind, b"", {"status": "queued", **kept}))

    def _put(self, kind: str, content: bytes, fields: dict[str, Any]) -> dict[str, Any]:
        prefix, name = KINDS[kind]
        object_id = f"{prefix}-fake-{next(self.numbers)}"
        self.contents[object_id] = content
        self.made[object_id] = {"id": object_id, "object": name, "created_at": CREATED, **fields}
        return self.made[object_id]
