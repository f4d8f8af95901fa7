"""Whose an object is, and what of a reply its user may see. The whole way is shown in tests/e2e/test_passthrough.py."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from addon.attempts import Terms, attempts
from addon.canon.raw import RawRequest
from addon.canon.request import Endpoint
from addon.errors import Refusal
from addon.exchange import Exchange, Visit
from addon.objects import Place, asked_for, finished, missing, own_list, place_of, products, request_of
from addon.plan import candidate
from addon.reception import Arrival
from addon.routes import route_direct
from rules.database import connect
from rules.objects import ObjectStore
from tests.addon.exchanges import MEANS, reply
from tests.addon.house import ROOT_TOKEN, House
from tests.builders import caller, channel, snapshot


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ObjectStore]:
    database = connect(data_dir=tmp_path)
    database.migrate()
    yield ObjectStore(database)
    database.close_all()


def exchange(method: str, path: str, document: Any) -> Exchange:
    """One that the channel 5 has answered."""
    one = channel(id=5)
    found = candidate(snapshot(channels=[one]), caller(), one, Endpoint.FILES, "files", MEANS, 1)
    assert found is not None
    request = RawRequest(Endpoint.FILES, method, path, held=True)
    made = Exchange("r1", caller(), request, attempts(request, (found,), Terms(0, "r1", 1, 0)), 0, 1, 0.0)
    made.start()
    made.advance(reply(document=document))
    return made


@pytest.mark.parametrize(
    ("method", "path", "place"),
    [
        ("POST", "/files", Place("files", "", "")),
        ("GET", "/files", Place("files", "", "")),
        ("DELETE", "/files/f", Place("files", "f", "")),
        ("GET", "/files/f/content", Place("files", "f", "content")),
        ("POST", "/batches/b/cancel", Place("batches", "b", "cancel")),
        ("GET", "/fine_tuning/jobs/j/events", Place("fine_tuning/jobs", "j", "events")),
        ("DELETE", "/files", None),
        ("POST", "/files/f", None),
        ("POST", "/files/f/content", None),
        ("GET", "/batches/b/content", None),
        ("GET", "/fine_tuning", None),
        ("GET", "/fine_tuning/jobs/j/events/x", None),
    ],
)
def test_places(method: str, path: str, place: Place | None) -> None:
    assert place_of(method, path) == place


def asked(method: str, path: str, body: bytes = b"", **headers: str) -> RawRequest | Refusal:
    visit = Visit("r1", route_direct(method, f"/v1{path}"), "127.0.0.1", "h", True, 0.0)
    place = place_of(method, path.partition("?")[0])
    assert place is not None
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return request_of(visit, Arrival(named, {}, body), place)


def test_an_upload_and_a_look_pass_as_they_are() -> None:
    found = asked("POST", "/files?api-version=2024&x=1", b"--form", content_type="multipart/form-data; boundary=form")
    assert isinstance(found, RawRequest)
    assert (found.raw, found.query, found.held, found.path) == (b"--form", "x=1", True, "/files")
    content = asked("GET", "/files/f/content")
    assert isinstance(content, RawRequest)
    assert not content.held


def test_what_makes_an_object_is_written_anew() -> None:
    found = asked("POST", "/batches", b'{"input_file_id": "a", "input_file_id": "b"}', content_encoding="identity")
    assert isinstance(found, RawRequest)
    assert (found.raw, found.body["input_file_id"], found.headers) == (b'{"input_file_id": "b"}', "b", ())


@pytest.mark.parametrize(("body", "packed"), [(b"{", ""), (b"[]", ""), (b"\xff", ""), (b"{}", "gzip"), (b"{}", "odd")])
def test_what_makes_no_object_is_refused(body: bytes, packed: str) -> None:
    found = asked("POST", "/batches", body, **({"content_encoding": packed} if packed else {}))
    assert isinstance(found, Refusal)
    assert found.status == 400


def test_what_is_not_there_is_said_as_openai_says_it() -> None:
    assert missing(Place("files", "f", ""), "f").message == "No such File object: f"
    assert missing(Place("batches", "b", ""), "b").message == "No such batches object: b"
    assert missing(Place("batches", "", ""), "f").message == "No such File object: f"


def test_what_a_reply_makes_is_recorded(store: ObjectStore) -> None:
    document = {"id": "batch_1", "output_file_id": "file-o", "error_file_id": None, "input_file_id": "file-i"}
    body = json.dumps(document).encode()
    made = finished(store, exchange("POST", "/batches", document), Place("batches", "", ""), b"[%s]" % body)
    assert made == body
    assert store.places(1, ["batch_1", "file-o", "file-i"]) == {"batch_1": 5, "file-o": 5}


def test_what_is_deleted_is_forgotten(store: ObjectStore) -> None:
    store.remember(1, 5, ["file-a"])
    document = {"id": "file-a", "deleted": True}
    finished(store, exchange("DELETE", "/files/file-a", document), Place("files", "file-a", ""), b'[{"deleted": true}]')
    assert store.places(1, ["file-a"]) == {}


def test_a_list_holds_the_users_own_objects_only(store: ObjectStore) -> None:
    store.remember(1, 5, ["a", "b"])
    store.remember(1, 6, ["elsewhere"])
    store.remember(2, 5, ["theirs"])
    items = [{"id": one} for one in ("theirs", "a", "elsewhere", "b")]
    document = {"data": [*items, {"no": "id"}, 7], "first_id": "theirs", "last_id": "b", "has_more": True}
    pages = json.dumps([document]).encode()
    body = finished(store, exchange("GET", "/files", document), Place("files", "", ""), pages)
    assert json.loads(body) == {"data": [{"id": "a"}, {"id": "b"}], "first_id": "a", "last_id": "b", "has_more": True}
    assert own_list(store, 3, 5, [{"data": items, "last_id": "b"}]) == {"data": [], "last_id": None}


def test_a_list_tells_of_files_that_have_come_of_a_batch(store: ObjectStore) -> None:
    store.remember(1, 5, ["b"])
    own_list(store, 1, 5, [{"data": [{"id": "b", "output_file_id": "o"}, {"id": "x", "output_file_id": "p"}]}])
    assert store.places(1, ["o", "p"]) == {"o": 5}


def test_events_are_no_objects_and_garbage_is_not_shown(store: ObjectStore) -> None:
    place = Place("fine_tuning/jobs", "j", "events")
    assert finished(store, exchange("GET", "/x", {}), place, b'[{"data": [1]}]') == b'{"data": [1]}'
    for garbage in (b"[]", b"{}", b"[7]", b"<html>"):
        with pytest.raises(ValueError):
            finished(store, exchange("GET", "/files", {}), Place("files", "", ""), garbage)


def test_products_of_a_job() -> None:
    assert [*products({"id": "j", "result_files": ["a", {"id": "b"}, 7]})] == ["j", "a", "b"]


def test_the_users_part_of_many_pages_is_one_list(store: ObjectStore) -> None:
    store.remember(1, 5, ["a", "b", "c"])
    pages = [
        {"data": [{"id": "x"}, {"id": "a"}], "has_more": True, "last_id": "a"},
        {"data": [{"id": "b"}, {"id": "c"}], "has_more": False, "last_id": "c"},
    ]
    assert own_list(store, 1, 5, pages)["data"] == [{"id": "a"}, {"id": "b"}, {"id": "c"}]
    assert own_list(store, 1, 5, pages, 3)["has_more"] is False
    cut = own_list(store, 1, 5, pages, 2)
    assert (cut["data"], cut["has_more"], cut["last_id"]) == ([{"id": "a"}, {"id": "b"}], True, "b")


@pytest.mark.parametrize(("query", "limit"), [("", None), ("limit=2", 2), ("after=x&limit=20", 20), ("limit=x", None)])
def test_how_many_are_asked_for(query: str, limit: int | None) -> None:
    assert asked_for(RawRequest(Endpoint.FILES, "GET", "/files", query)) == limit


@pytest.mark.parametrize("named", [["file-a"], {"id": "file-a"}, 3, "file-a"])
def test_what_cannot_be_a_file_of_the_users_makes_nothing(house: House, named: Any) -> None:
    house.channel("m")
    talk = house.conversation()
    talk.ask({"input_file_id": named}, "/v1/batches", authorization=f"Bearer {ROOT_TOKEN}")
    assert talk.take().startswith(b"HTTP/1.1 404 ")
    assert talk.opened == []
