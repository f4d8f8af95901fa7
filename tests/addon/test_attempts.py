import gzip
import json
import logging
from dataclasses import replace
from typing import Any

import pytest

from addon.attempts import PATIENCE, PAUSE, Broken, Failure, Outcome, Send, Served, Terms, Uncarried, attempts
from addon.canon.codec import BadKey, FollowUp, Mint
from addon.canon.events import Event, Finished, Started, TextDelta
from addon.canon.fault import Fault, FaultKind
from addon.canon.outbound import Outbound, Target
from addon.plan import Candidate
from addon.translation import Reply
from tests.addon.exchanges import TERMS, candidates, reply, said, steps
from tests.builders import chat

REFUSED = Broken(Fault(FaultKind.TRANSPORT, 502, "refused"))


def test_the_first_good_reply_is_served() -> None:
    running = steps()
    send = next(running)
    assert isinstance(send, Send)
    assert (send.number, send.outbound.method) == (1, "POST")
    answer = running.send(reply(document=said()))
    assert isinstance(answer, Served)
    assert json.loads(answer.translated.body)["choices"][0]["message"]["content"] == "hello"
    with pytest.raises(StopIteration):
        next(running)


def test_each_channel_is_tried_once_until_one_serves() -> None:
    running = steps(count=3)
    seen = []
    step = next(running)
    for outcome in (
        REFUSED,
        reply(503, {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}),
        reply(document=said()),
    ):
        assert isinstance(step, Send)
        seen.append(step.candidate.channel.id)
        step = running.send(outcome)
    assert isinstance(step, Served)
    assert seen == [1, 2, 3]


def test_the_last_fault_is_told_when_no_channel_is_left() -> None:
    running = steps(count=2)
    next(running)
    running.send(REFUSED)
    answer = running.send(reply(429, {"type": "error", "error": {"type": "rate_limit_error", "message": "slow down"}}))
    assert isinstance(answer, Failure)
    assert (answer.fault.kind, answer.fault.status, answer.fault.message) == (FaultKind.RATE_LIMITED, 429, "slow down")


@pytest.mark.parametrize(("retries", "sent"), [(0, 1), (1, 2), (2, 3), (9, 5)])
def test_retries_bound_the_attempts(retries: int, sent: int) -> None:
    running = steps(count=5, retries=retries)
    step, count = next(running), 0
    while isinstance(step, Send):
        count += 1
        step = running.send(REFUSED)
    assert isinstance(step, Failure)
    assert count == sent


def test_a_bad_request_is_not_tried_elsewhere() -> None:
    running = steps(count=3)
    next(running)
    answer = running.send(
        reply(400, {"type": "error", "error": {"type": "invalid_request_error", "message": "no such tool"}})
    )
    assert isinstance(answer, Failure)
    assert answer.fault.kind is FaultKind.BAD_REQUEST


def test_a_channel_that_cannot_carry_the_request_is_passed_over() -> None:
    several = chat(model="claude-x", n=2)
    running = attempts(several, (*candidates(1), *candidates(1, kind=24)), TERMS)
    step = next(running)
    assert isinstance(step, Send)
    assert (step.number, step.candidate.provider.id) == (1, 24)


def with_bad_key(candidate: Candidate, minting: bool = False) -> Candidate:
    """The same channel with a key of the wrong form, as its dialect sees it."""

    def refuse(*_: object) -> Any:
        raise BadKey("the key is AK|SK|Region")

    if minting:
        return replace(candidate, dialect=replace(candidate.dialect, mint=refuse))
    return replace(candidate, codec=replace(candidate.codec, build=refuse))


@pytest.mark.parametrize("minting", [False, True])
def test_a_channel_whose_key_has_the_wrong_form_is_passed_over(minting: bool) -> None:
    bad, good = candidates(2)
    step = next(attempts(chat(model="claude-x"), (with_bad_key(bad, minting), good), TERMS))
    assert isinstance(step, Send)
    assert step.candidate is good


@pytest.mark.parametrize("minting", [False, True])
def test_a_key_of_the_wrong_form_is_told_when_no_channel_is_left(minting: bool) -> None:
    [bad] = candidates()
    several = chat(model="claude-x", n=1 if minting else 2)
    answer = next(attempts(several, (with_bad_key(bad, minting),), TERMS))
    assert isinstance(answer, Failure)
    assert (answer.fault.kind, answer.fault.status) == (FaultKind.BAD_KEY, 401)
    assert (answer.fault.message, answer.fault.code) == ("the key is AK|SK|Region", "invalid_api_key")


def test_a_key_of_the_wrong_form_is_not_the_clients_mistake() -> None:
    several = chat(model="claude-x", n=2)
    unable, bad = candidates(2)
    answer = next(attempts(several, (unable, with_bad_key(bad)), TERMS))
    assert isinstance(answer, Failure)
    assert answer.fault.kind is FaultKind.BAD_KEY


def test_a_request_that_nobody_can_carry_is_answered_at_once() -> None:
    answer = next(steps(chat(model="claude-x", n=2), count=2))
    assert isinstance(answer, Uncarried)
    assert answer.reason.param == "n"


def asking_again(candidate: Candidate, times: int, gathers: bool = False) -> Candidate:
    """The same channel, whose requests are further ones `times` times; each carries the minted token."""

    def follow_up(request: Any, target: Target, body: bytes, count: int) -> FollowUp | None:
        json.loads(body)
        again = Outbound("GET", f"http://127.0.0.1:9/{count}", secrets=(("authorization", target.minted),))
        return FollowUp(again, delay=0.5) if count <= times else None

    def read_reply(request: Any, target: Target, body: bytes) -> list[Event]:
        return [Started(), TextDelta(body.decode()), Finished("stop")]

    codec = replace(candidate.codec, follow_up=follow_up, read_reply=read_reply, gathers=gathers)
    return replace(candidate, codec=codec)


def minting(candidate: Candidate) -> Candidate:
    def mint(target: Target) -> Mint:
        return Mint("key", Outbound("POST", "http://127.0.0.1:9/token"), lambda body: (json.loads(body)["token"], 600))

    return replace(candidate, dialect=replace(candidate.dialect, mint=mint))


def followed(candidate: Candidate, *documents: Any) -> tuple[list[Send], str]:
    """What is sent for these replies, and the text of the answer."""
    running = attempts(chat(model="claude-x"), (candidate,), Terms(2, "r1", TERMS.now, 9))
    step, sent = next(running), []
    for document in documents:
        assert isinstance(step, Send)
        sent.append(step)
        step = running.send(reply(document=document))
    assert isinstance(step, Served)
    return sent, json.loads(step.translated.body)["choices"][0]["message"]["content"]


def test_further_requests_belong_to_the_same_attempt() -> None:
    sent, text = followed(asking_again(candidates()[0], 2), 1, 2, 3)
    assert [send.outbound.url for send in sent[1:]] == ["http://127.0.0.1:9/1", "http://127.0.0.1:9/2"]
    assert [(send.number, send.delay) for send in sent] == [(1, 0), (1, 0.5), (1, 0.5)]
    assert text == "3"


def test_replies_that_are_parts_of_one_answer_are_read_together() -> None:
    assert followed(asking_again(candidates()[0], 2, gathers=True), 1, {"a": 2}, 3)[1] == '[1,{"a": 2},3]'
    assert followed(asking_again(candidates()[0], 0, gathers=True), 1)[1] == "[1]"


@pytest.mark.parametrize(
    ("second", "text"),
    [
        (Reply(200, {}, b"GIF8"), '[1,2,"iVBORw==","R0lGOA=="]'),
        (Reply(404, {}, b"gone"), '[1,2,"iVBORw==",null]'),
        (REFUSED, '[1,2,"iVBORw==",null]'),
        (Reply(200, {"content-type": "text/html; charset=utf-8"}, b"<html>log in"), '[1,2,"iVBORw==",null]'),
        (Reply(200, {"content-encoding": "gzip"}, gzip.compress(b"GIF8")), '[1,2,"iVBORw==","R0lGOA=="]'),
    ],
)
def test_files_are_gathered_one_after_the_other(second: Outcome, text: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    [one] = candidates()
    files = FollowUp(
        Outbound("GET", "http://127.0.0.1:9/a"),
        binary=True,
        then=FollowUp(Outbound("GET", "http://127.0.0.1:9/b"), binary=True),
    )

    def follow_up(request: Any, target: Target, body: bytes, count: int) -> FollowUp | None:
        return FollowUp(Outbound("GET", "http://127.0.0.1:9/task")) if count == 1 else files

    def read_reply(request: Any, target: Target, body: bytes) -> list[Event]:
        return [Started(), TextDelta(body.decode()), Finished("stop")]

    codec = replace(one.codec, follow_up=follow_up, read_reply=read_reply, gathers=True)
    running = attempts(chat(model="claude-x"), (replace(one, codec=codec),), TERMS)
    next(running)
    urls = []
    for outcome in (
        reply(document=1),
        reply(document=2),
        Reply(200, {"content-type": "image/png"}, b"\x89PNG"),
        second,
    ):
        step = running.send(outcome)
        if isinstance(step, Send):
            urls.append(step.outbound.url.removeprefix("http://127.0.0.1:9/"))
    assert urls == ["task", "a", "b"]
    assert isinstance(step, Served)
    assert json.loads(step.translated.body)["choices"][0]["message"]["content"] == text
    assert ("a file of its reply was not given" in caplog.text) is ("null" in text)


def test_files_are_gathered_whatever_the_codec_does_with_documents() -> None:
    [one] = candidates()
    file = FollowUp(Outbound("GET", "http://127.0.0.1:9/a"), binary=True)
    seen = []

    def follow_up(request: Any, target: Target, body: bytes, count: int) -> FollowUp | None:
        seen.append(body)
        return FollowUp(Outbound("GET", "http://127.0.0.1:9/task")) if count == 1 else file

    codec = replace(asking_again(one, 0).codec, follow_up=follow_up, remembers=True)
    running = attempts(chat(model="claude-x"), (replace(one, codec=codec),), TERMS)
    next(running)
    running.send(Reply(200, {"content-encoding": "gzip"}, gzip.compress(b"1")))
    running.send(reply(document=2))
    step = running.send(Reply(200, {}, b"GIF8"))
    assert isinstance(step, Served)
    assert json.loads(step.translated.body)["choices"][0]["message"]["content"] == '[1,2,"R0lGOA=="]'
    assert seen == [b"[1]", b"[1,2]"]


@pytest.mark.parametrize(("keeps", "first", "kind"), [(True, 1, None), (False, 1, "transport"), (True, 0, "transport")])
def test_what_earlier_requests_gave_is_kept_where_that_is_an_answer(keeps: bool, first: int, kind: str | None) -> None:
    [one] = candidates()

    def read_reply(request: Any, target: Target, body: bytes) -> list[Event]:
        if not any(json.loads(body)):
            raise ValueError("nothing yet")
        return [Started(), TextDelta(body.decode()), Finished("stop")]

    codec = replace(asking_again(one, 9, gathers=True).codec, read_reply=read_reply, keeps=keeps)
    running = attempts(chat(model="claude-x"), (replace(one, codec=codec),), TERMS)
    next(running)
    running.send(reply(document=first))
    for _ in range(PATIENCE):
        running.send(REFUSED)
    answer = running.send(REFUSED)
    if kind is None:
        assert isinstance(answer, Served)
        assert json.loads(answer.translated.body)["choices"][0]["message"]["content"] == "[1]"
    else:
        assert isinstance(answer, Failure) and answer.fault.kind is FaultKind.TRANSPORT


def test_a_packing_that_cannot_be_undone_is_told() -> None:
    running = attempts(chat(model="claude-x"), (asking_again(candidates()[0], 1),), TERMS)
    next(running)
    answer = running.send(Reply(200, {"content-encoding": "gzip"}, b"none of it"))
    assert isinstance(answer, Failure)
    assert "gzip" in answer.fault.message


def test_a_file_among_documents_is_gathered_as_base64() -> None:
    candidate = asking_again(candidates()[0], 1, gathers=True)
    codec = replace(candidate.codec, follow_up=lambda request, target, body, count: None)
    running = attempts(chat(model="claude-x"), (replace(candidate, codec=codec),), TERMS)
    next(running)
    answer = running.send(Reply(200, {"content-type": "image/png"}, b"\x89PNG"))
    assert isinstance(answer, Served)
    assert b'[\\"iVBORw==\\"]' in answer.translated.body


def test_a_request_may_be_followed_by_one_that_was_known_before() -> None:
    [one] = candidates()
    pair = FollowUp(Outbound("GET", "http://127.0.0.1:9/a"), then=FollowUp(Outbound("GET", "http://127.0.0.1:9/b")))

    def follow_up(request: Any, target: Target, body: bytes, count: int) -> FollowUp | None:
        return pair if count == 1 else None

    codec = replace(asking_again(one, 0, gathers=True).codec, follow_up=follow_up)
    sent, text = followed(replace(one, codec=codec), 1, 2, 3)
    assert [send.outbound.url[-1] for send in sent[1:]] == ["a", "b"]
    assert text == "[1,2,3]"


def test_further_requests_carry_the_minted_token() -> None:
    sent, _ = followed(minting(asking_again(candidates()[0], 1)), {"token": "fake-token"}, 1, 2)
    assert sent[0].outbound.url == "http://127.0.0.1:9/token"
    assert sent[2].outbound.secrets == (("authorization", "fake-token"),)


def withdrawn(cached: bool) -> tuple[list[str], Any]:
    """What is asked for when the provider refuses each token, and the answer."""
    terms = Terms(2, "r1", TERMS.now, 9, {"key": ("fake-old", TERMS.now + 3600.0)} if cached else {})
    running = attempts(chat(model="claude-x"), (minting(asking_again(candidates()[0], 0)),), terms)
    step, urls = next(running), []
    while isinstance(step, Send):
        path = step.outbound.url.rpartition("/")[2]
        urls.append(path)
        step = running.send(reply(document={"token": "fake-new"}) if path == "token" else reply(401, {"error": {}}))
    assert terms.minted == {}
    return urls, step


def test_a_token_that_was_withdrawn_is_minted_anew_once() -> None:
    urls, answer = withdrawn(cached=True)
    assert urls == ["messages", "token", "messages"]
    assert isinstance(answer, Failure) and answer.fault.kind is FaultKind.BAD_KEY
    assert withdrawn(cached=False)[0] == ["token", "messages"]


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (REFUSED, FaultKind.TRANSPORT),
        (reply(500, {}), FaultKind.SERVER_ERROR),
        (reply(200, {"error": "invalid_client"}), FaultKind.BAD_KEY),
    ],
)
def test_without_a_token_nothing_is_asked(outcome: Any, kind: FaultKind) -> None:
    running = attempts(chat(model="claude-x"), (minting(candidates()[0]),), Terms(2, "r1", TERMS.now, 9))
    next(running)
    answer = running.send(outcome)
    assert isinstance(answer, Failure) and answer.fault.kind is kind


def test_a_reply_that_cannot_be_followed_up_is_read_as_it_is() -> None:
    [one] = candidates()
    running = attempts(chat(model="claude-x"), (asking_again(one, 1),), TERMS)
    next(running)
    answer = running.send(Reply(200, {}, b"no json"))
    assert isinstance(answer, Served)
    assert b"no json" in answer.translated.body


def test_a_fault_ends_the_further_requests() -> None:
    [one] = candidates()
    for outcome, kind in ((REFUSED, FaultKind.TRANSPORT), (reply(500, {}), FaultKind.SERVER_ERROR)):
        running = attempts(chat(model="claude-x"), (asking_again(one, 5),), TERMS)
        next(running)
        running.send(reply(document=1))
        for _ in range(PATIENCE):
            again = running.send(outcome)
            assert isinstance(again, Send) and (again.outbound.url, again.delay) == ("http://127.0.0.1:9/1", PAUSE)
        answer = running.send(outcome)
        assert isinstance(answer, Failure)
        assert answer.fault.kind is kind


def test_a_task_that_was_not_reached_is_asked_after_again() -> None:
    outcomes = [reply(document=1), REFUSED, reply(503, {}), reply(document=2), REFUSED, REFUSED, REFUSED]
    running = attempts(chat(model="claude-x"), (asking_again(candidates()[0], 2),), TERMS)
    step, urls = next(running), []
    for outcome in [*outcomes, reply(document=3)]:
        assert isinstance(step, Send)
        urls.append(step.outbound.url[-1])
        step = running.send(outcome)
    assert isinstance(step, Served)
    assert urls[1:] == ["1", "1", "1", "2", "2", "2", "2"]


@pytest.mark.parametrize("outcome", [reply(404, {}), reply(400, {})])
def test_a_task_that_is_not_there_is_not_asked_after_again(outcome: Reply) -> None:
    running = attempts(chat(model="claude-x"), (asking_again(candidates()[0], 2),), TERMS)
    next(running)
    running.send(reply(document=1))
    assert isinstance(running.send(outcome), Failure)


def test_what_makes_something_is_not_sent_again() -> None:
    [one] = candidates()
    again = FollowUp(Outbound("POST", "http://127.0.0.1:9/more"))
    codec = replace(asking_again(one, 0).codec, follow_up=lambda *_: again)
    running = attempts(chat(model="claude-x"), (replace(one, codec=codec),), TERMS)
    next(running)
    running.send(reply(document=1))
    assert isinstance(running.send(REFUSED), Failure)
