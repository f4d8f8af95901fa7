from __future__ import annotations

import pytest

from addon.control.coze_list import COZE, WORKSPACES
from addon.control.listed import Listed
from addon.control.way import Told
from tests.addon.control.asking import ask, target_for

TARGET = target_for("coze", key="pat_fake")


def workspaces(*ids: str) -> dict[str, object]:
    return {"code": 0, "msg": "", "data": {"total_count": len(ids), "workspaces": [{"id": one} for one in ids]}}


def bots(*ids: str) -> dict[str, object]:
    found = [{"bot_id": one, "bot_name": f"bot {one}", "publish_time": "1"} for one in ids]
    return {"code": 0, "msg": "", "data": {"space_bots": found, "total": len(ids)}}


def test_the_bots_of_each_workspace() -> None:
    asked, found = ask(COZE[0], TARGET, workspaces("1/2", "3"), bots("70"), bots("71", "72"))
    space = "https://api.coze.com/v1/space/published_bots_list"
    assert asked.urls == [
        "https://api.coze.com/v1/workspaces?page_num=1&page_size=50",
        f"{space}?space_id=1%2F2&page_index=1&page_size=100",
        f"{space}?space_id=3&page_index=1&page_size=100",
    ]
    assert found == (Listed("70", "bot 70"), Listed("71", "bot 71"), Listed("72", "bot 72"))


def test_nobody_waits_for_a_hundred_workspaces() -> None:
    asked, _ = ask(COZE[0], TARGET, workspaces(*map(str, range(100))), *[bots()] * WORKSPACES)
    assert len(asked.urls) == WORKSPACES + 1


def test_a_token_without_a_workspace_has_no_bots() -> None:
    assert ask(COZE[0], TARGET, workspaces())[1] == ()


@pytest.mark.parametrize(("document", "message"), [({"code": 4100, "msg": "token"}, "token"), ({"code": 5}, "5")])
def test_a_refusal_is_told(document: dict[str, object], message: str) -> None:
    with pytest.raises(Told, match=message):
        ask(COZE[0], TARGET, workspaces("1"), document)
