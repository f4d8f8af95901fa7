"""What a provider gets of a client's wishes, through its row. Knows no provider but for the form of its key."""

from __future__ import annotations

from typing import Any

from tests.addon.dialects.composed import through_row
from tests.addon.dialects.native import USER, chat, document

QIANFAN = 47
KEYS = {QIANFAN: "bce-v3/ALTAK-fake/fake"}


def sent(channel_type: int, model: str, *messages: Any, **fields: Any) -> dict[str, Any]:
    """The document without its model; without its messages too, if they are the plain greeting."""
    key = KEYS.get(channel_type, "fake-id.fake-secret")
    made = document(through_row(channel_type, chat(*messages, **fields), model, key=key))
    assert made.pop("model") == model
    if made["messages"] == [USER]:
        del made["messages"]
    assert isinstance(made, dict)
    return made
