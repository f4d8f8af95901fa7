from __future__ import annotations

import json

from addon.face.models import missing_model_body, model_body, model_list_body


def test_a_model_has_the_fields_that_one_api_gives_it() -> None:
    model = json.loads(model_body("gpt-4o", "openai"))
    assert (model["id"], model["object"], model["created"], model["owned_by"]) == (
        "gpt-4o",
        "model",
        1626777600,
        "openai",
    )
    assert (model["root"], model["parent"]) == ("gpt-4o", None)
    assert model["permission"][0]["object"] == "model_permission"
    assert json.loads(model_body("mine"))["owned_by"] == "custom"


def test_the_list_keeps_its_order() -> None:
    listed = json.loads(model_list_body([("b", "x"), ("a", "y")]))
    assert listed["object"] == "list"
    assert [(model["id"], model["owned_by"]) for model in listed["data"]] == [("b", "x"), ("a", "y")]


def test_a_missing_model_is_named() -> None:
    assert json.loads(missing_model_body("x", "r1"))["error"] == {
        "message": "The model 'x' does not exist (request id: r1)",
        "type": "invalid_request_error",
        "param": "model",
        "code": "model_not_found",
    }
