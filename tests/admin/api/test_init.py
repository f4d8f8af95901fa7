from __future__ import annotations

import pytest

from tests.admin.world import World


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_path_is_404_in_openais_shape(world: World, method: str) -> None:
    reply = world.program(world.root).ask(method, "/api/nothing/here")
    assert reply.status_code == 404
    message = f"Invalid URL ({method} /api/nothing/here)"
    assert reply.get_json() == {"error": {"message": message, "type": "invalid_request_error", "param": "", "code": ""}}


def test_a_method_that_nothing_answers_is_the_same_404(world: World) -> None:
    reply = world.program(world.root).ask("POST", "/api/status")
    assert (reply.status_code, reply.get_json()["error"]["message"]) == (404, "Invalid URL (POST /api/status)")


def test_a_path_without_its_slash_leads_to_it(world: World) -> None:
    assert world.browser().get("/api/token?p=1").headers["Location"].endswith("/api/token/?p=1")
