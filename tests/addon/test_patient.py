"""How long a provider is waited for, and what a client hears meanwhile: the clock is the test's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import copy
from dataclasses import replace

import pytest

from rules.patience import Patience
from tests.addon.conversation import LATER, Conversation
from tests.addon.house import ROOT_TOKEN, House
from tests.addon.test_stream import ASKED, FAILED, SAID, STREAM_END, STREAM_HEAD, chunk, whole

AUTH = {"authorization": f"Bearer {ROOT_TOKEN}"}
STREAM = {**ASKED, "stream": True}
PATIENCE = Patience(connect=1, first_byte=20, whole=40, idle=5, total=0, keep_alive=0)
COMMENT = b": keep-alive\n\n"


@pytest.fixture
def patient(house: House) -> Iterator[House]:
    """Two channels, and little patience."""
    for priority in (2, 1):
        house.channel("gpt-4o", name=f"channel {priority}", priority=priority)
    before, house.services.patience = house.services.patience, PATIENCE
    yield house
    house.services.patience = before


def with_comments(house: House, every: float = 3) -> Conversation:
    house.services.patience = replace(PATIENCE, keep_alive=every)
    return house.conversation()


def reasons(house: House) -> list[str]:
    """Why each attempt ended, "" for one that worked."""
    (row,) = house.rows()
    return [one["reason"] for one in row["detail"]["attempts"]]


def test_a_connection_that_is_not_made_gives_way(patient: House) -> None:
    outcomes = iter([LATER, None])
    talk = patient.conversation(lambda server: next(outcomes))
    talk.ask(ASKED, **AUTH)
    talk.pass_seconds(0.9)
    assert talk.closed == []
    talk.pass_seconds(0.2)
    assert talk.closed == [talk.opened[0]]
    talk.answers(talk.opened[1], whole(SAID))
    assert talk.take().startswith(b"HTTP/1.1 200 OK")
    assert reasons(patient) == ["transport: The provider could not be reached: no connection after 1 s.", ""]


def test_who_else_waits_for_the_same_connection_goes_on_waiting(patient: House) -> None:
    """As the streams of an HTTP/2 client do. What they wait for compares equal."""
    patient.forget()
    patient.channel("gpt-4o")
    talk = patient.conversation(lambda server: LATER)
    talk.ask(ASKED, **AUTH)
    (waiters,) = talk.layer.waiting_for_establishment.values()
    (ours,) = waiters
    other = copy(ours)
    waiters.insert(0, other)
    talk.pass_seconds(1.1)
    assert talk.take().startswith(b"HTTP/1.1 504 ")
    assert talk.closed == []
    assert len(waiters) == 1
    assert waiters[0] is other
    assert patient.holds() == []


@pytest.mark.parametrize(("body", "allowed"), [(STREAM, 20), (ASKED, 40)])
def test_a_provider_that_does_not_begin_gives_way(patient: House, body: dict[str, object], allowed: int) -> None:
    talk = patient.conversation()
    talk.ask(body, **AUTH)
    (first,) = talk.opened
    talk.pass_seconds(allowed - 1)
    assert talk.closed == []
    talk.pass_seconds(1.1)
    assert talk.closed == [first]
    talk.answers(first, whole({**SAID, "id": "late"}))
    talk.answers(talk.opened[1], whole(SAID))
    said = talk.take()
    assert b"hello" in said
    assert b"late" not in said
    assert f"begin to answer within {allowed} s" in reasons(patient)[0]


@pytest.mark.parametrize("start", [STREAM_HEAD + chunk(None), whole(SAID)[:-9]])
def test_a_provider_that_falls_silent_before_anything_was_shown_gives_way(patient: House, start: bytes) -> None:
    talk = patient.conversation()
    talk.ask(STREAM, **AUTH)
    talk.pass_seconds(19)
    talk.answers(talk.opened[0], start)
    talk.pass_seconds(4)
    assert len(talk.opened) == 1
    talk.pass_seconds(1.1)
    talk.answers(talk.opened[1], STREAM_HEAD + chunk("hello") + STREAM_END)
    assert talk.take().count(b"hello") == 1
    assert "fell silent for 5 s" in reasons(patient)[0]
    assert patient.holds() == []


def test_a_provider_that_falls_silent_later_ends_the_stream_with_an_error(patient: House) -> None:
    talk = patient.conversation()
    talk.ask(STREAM, **AUTH)
    (server,) = talk.opened
    talk.answers(server, STREAM_HEAD + chunk("hel"))
    for _ in range(3):
        talk.pass_seconds(4)
        talk.answers(server, b"c\r\n: patience\n\n\r\n")
    talk.answers(server, chunk("lo"))
    talk.pass_seconds(5.1)
    said = talk.take()
    assert b'"code":"upstream_timeout"' in said
    assert b"[DONE]" not in said
    assert said.endswith(b"0\r\n\r\n")
    assert talk.closed == talk.opened == [server]
    (row,) = patient.rows()
    assert (row["status"], row["stream_end"], row["quota"] > 0) == (200, "error", True)


def test_a_reply_that_has_told_its_end_is_complete_though_the_connection_lingers(patient: House) -> None:
    talk = patient.conversation()
    talk.ask(STREAM, **AUTH)
    talk.answers(talk.opened[0], STREAM_HEAD + chunk("hello") + chunk(None, "stop"))
    talk.pass_seconds(5.1)
    assert talk.take().endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n")
    assert patient.rows()[0]["stream_end"] == "done"


def test_the_whole_call_has_its_time_however_lively_it_is(patient: House) -> None:
    patient.services.patience = replace(PATIENCE, total=9)
    talk = patient.conversation()
    talk.ask(STREAM, **AUTH)
    for number in range(3):
        talk.answers(talk.opened[0], (b"" if number else STREAM_HEAD) + chunk("more"))
        assert b"more" in talk.take()
        talk.pass_seconds(2.9)
    talk.answers(talk.opened[0], chunk("more"))
    talk.pass_seconds(0.4)
    assert b"not complete after 9 s" in talk.take()
    assert talk.closed == [talk.opened[0]]
    assert "not complete after 9 s" in patient.rows()[0]["detail"]["error"]


def test_a_channel_has_limits_of_its_own(patient: House) -> None:
    patient.forget()
    patient.channel("gpt-4o", config={"timeouts": "first_byte=2"})
    talk = patient.conversation()
    talk.ask(STREAM, **AUTH)
    talk.pass_seconds(2.1)
    said = talk.take()
    assert said.startswith(b"HTTP/1.1 504 Gateway Timeout\r\n")
    assert b"within 2 s" in said
    (row,) = patient.rows()
    assert (row["status"], row["quota"], row["first_byte_ms"]) == (504, 0, -1)


def test_a_finished_exchange_is_not_disturbed_by_what_it_had_asked_for(patient: House) -> None:
    talk = patient.conversation()
    for _ in range(20):
        talk.ask(ASKED, **AUTH)
        talk.answers(talk.opened[-1], whole(SAID))
    assert len(talk.wakeups) == 1
    said = talk.take()
    talk.pass_seconds(1000)
    assert (said.count(b"hello"), talk.take(), talk.wakeups, talk.layer.command_sources) == (20, b"", [], {})


# -- keep-alive -------------------------------------------------------------------------------------------------------


def test_comments_come_before_the_provider_has_said_anything(patient: House) -> None:
    talk = with_comments(patient)
    talk.ask(STREAM, **AUTH)
    talk.pass_seconds(2.9)
    assert talk.take() == b""
    talk.pass_seconds(0.2)
    head, _, body = talk.take().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n")
    assert b"x-request-id" in head
    assert body == b"e\r\n" + COMMENT + b"\r\n"
    talk.pass_seconds(3)
    assert talk.take() == body
    talk.answers(talk.opened[0], STREAM_HEAD + chunk("hello") + STREAM_END)
    said = talk.take()
    assert b"HTTP/1.1" not in said
    assert said.endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n")
    assert talk.hooks.count("responseheaders") == talk.hooks.count("response") == 1
    assert patient.rows()[0]["stream_end"] == "done"
    assert relayed(talk)


def relayed(talk: Conversation) -> bool:
    """The next request on this connection is whole."""
    talk.ask(ASKED, **AUTH)
    talk.answers(talk.opened[-1], whole(SAID))
    return talk.take().endswith(json.dumps(SAID).encode())


def test_comments_are_no_reason_to_stay_with_a_provider(patient: House) -> None:
    talk = with_comments(patient)
    talk.ask(STREAM, **AUTH)
    talk.pass_seconds(4)
    talk.answers(talk.opened[0], whole(FAILED, 503))
    talk.pass_seconds(0)
    talk.pass_seconds(3)
    talk.answers(talk.opened[-1], STREAM_HEAD + chunk("hello") + STREAM_END)
    said = talk.take()
    assert (said.count(b"HTTP/1.1"), said.count(COMMENT), said.count(b"hello")) == (1, 2, 1)
    assert b"down for a moment" not in said
    assert len(reasons(patient)) == 2


def test_a_failure_behind_an_early_head_is_one_frame_and_the_rows_status_is_the_faults(patient: House) -> None:
    talk = with_comments(patient)
    talk.ask(STREAM, **AUTH)
    talk.pass_seconds(4)
    for _ in range(2):
        talk.answers(talk.opened[-1], whole(FAILED, 503))
        talk.pass_seconds(0)
    said = talk.take()
    frame = said.partition(COMMENT)[2]
    assert said.count(b"HTTP/1.1") == 1
    assert frame.count(b'data: {"error":{"message":"down for a moment') == 1
    assert frame.endswith(b"\n\n\r\n0\r\n\r\n")
    (row,) = patient.rows()
    assert (row["status"], row["stream_end"], row["quota"], row["first_byte_ms"]) == (503, "error", 0, -1)
    assert patient.holds() == []
    assert relayed(talk)


def test_a_document_behind_an_early_head_is_told_in_frames(patient: House) -> None:
    """T6."""
    talk = with_comments(patient)
    talk.ask(STREAM, **AUTH)
    talk.pass_seconds(4)
    talk.answers(talk.opened[0], whole(SAID))
    said = talk.take()
    assert said.count(b"HTTP/1.1") == 1
    assert said.endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n")


def test_comments_come_while_a_connection_is_made(patient: House) -> None:
    """T3: the layer is paused then."""
    talk = with_comments(patient, 0.4)
    talk.reach = lambda server: LATER
    talk.ask(STREAM, **AUTH)
    talk.pass_seconds(0.9)
    assert talk.take().count(COMMENT) == 2
    talk.client_leaves()
    assert talk.opened[0] in talk.closed
    assert [row["status"] for row in patient.rows()] == [499]
    talk.pass_seconds(60)
    assert talk.take() == b""
    assert patient.holds() == []


def test_comments_fill_the_pauses_of_a_stream_and_only_those(patient: House) -> None:
    talk = with_comments(patient)
    talk.ask(STREAM, **AUTH)
    (server,) = talk.opened
    talk.answers(server, STREAM_HEAD + chunk("a"))
    for _ in range(4):
        talk.pass_seconds(2)
        talk.answers(server, chunk("b"))
    assert COMMENT not in talk.take()
    talk.pass_seconds(3.1)
    assert talk.take() == b"e\r\n" + COMMENT + b"\r\n"


def test_a_client_that_leaves_after_an_early_head_lets_the_provider_go(patient: House) -> None:
    talk = with_comments(patient)
    talk.ask(STREAM, **AUTH)
    talk.pass_seconds(4)
    talk.client_leaves()
    assert talk.opened[0] in talk.closed
    (row,) = patient.rows()
    assert (row["status"], row["stream_end"], row["quota"]) == (499, "client_gone", 0)
    assert patient.holds() == []


def test_a_crash_behind_an_early_head_is_a_frame(patient: House, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = with_comments(patient)
    talk.ask(STREAM, **AUTH)
    talk.pass_seconds(4)

    def crash(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("addon.stream.RelayStream.on_head", crash)
    talk.answers(talk.opened[0], STREAM_HEAD)
    said = talk.take()
    assert said.count(b"HTTP/1.1") == 1
    assert said.endswith(b'"code":null}}\n\n\r\n0\r\n\r\n')
    assert patient.rows()[0]["status"] == 500


@pytest.mark.parametrize("body", [ASKED, {"model": "gpt-4o", "input": "x"}])
def test_who_asked_for_no_stream_hears_nothing_early(patient: House, body: dict[str, object]) -> None:
    talk = with_comments(patient)
    talk.ask(body, "/v1/embeddings" if "input" in body else "/v1/chat/completions", **AUTH)
    talk.pass_seconds(30)
    assert talk.take() == b""


def test_a_channel_can_do_without(patient: House) -> None:
    patient.forget()
    patient.channel("gpt-4o", config={"timeouts": "keep_alive=0"})
    talk = with_comments(patient)
    talk.ask(STREAM, **AUTH)
    talk.pass_seconds(15)
    assert talk.take() == b""
