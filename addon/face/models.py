"""Model lists and model objects in OpenAI's shape, as One API fills them (facts A7.2-3).

Must not know who may use which model: the caller hands over what is to be listed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from addon.face.errors import error_body
from addon.face.json_bytes import dumps

_CREATED = 1626777600
_PERMISSION = {
    "id": "modelperm-oneapi",
    "object": "model_permission",
    "created": _CREATED,
    "allow_create_engine": True,
    "allow_sampling": True,
    "allow_logprobs": True,
    "allow_search_indices": False,
    "allow_view": True,
    "allow_fine_tuning": False,
    "organization": "*",
    "group": None,
    "is_blocking": False,
}


def model_document(model: str, owned_by: str = "custom") -> dict[str, Any]:
    """One model. `owned_by` is the provider's name, "custom" for a name that no provider's row lists."""
    return {
        "id": model,
        "object": "model",
        "created": _CREATED,
        "owned_by": owned_by,
        "permission": [_PERMISSION],
        "root": model,
        "parent": None,
    }


def model_body(model: str, owned_by: str = "custom") -> bytes:
    """The reply to `GET /v1/models/{id}`."""
    return dumps(model_document(model, owned_by))


def model_list_body(models: Iterable[tuple[str, str]]) -> bytes:
    """The reply to `GET /v1/models`; `models` are pairs of id and owner."""
    return dumps({"object": "list", "data": [model_document(model, owner) for model, owner in models]})


def missing_model_body(model: str, request_id: str = "") -> bytes:
    """The body for a model that is not there; its status is 404 (One API said 200, facts A7.3: fixed)."""
    message = f"The model '{model}' does not exist"
    return error_body(message, "invalid_request_error", "model", "model_not_found", request_id)
