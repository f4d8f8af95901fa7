"""Pictures of Alibaba's models: requests, tasks that are polled, and what becomes of them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from addon.attempts import Answer, Broken, Failure, Outcome, Send, Served, Terms, attempts
from addon.canon.events import Event, Failed, PictureMade, UsageReported
from addon.canon.fault import Fault, FaultKind
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, Endpoint, FormRequest, ImageRequest
from addon.dialects import DIALECTS
from addon.dialects.dashscope import DIALECT
from addon.dialects.dashscope_pictures import MOST_REPLIES
from addon.face.decode import decode
from addon.plan import Means, candidate
from addon.translation import Reply
from tests.addon.dialects.native import document
from tests.builders import caller, channel, snapshot
from tests.recordings import MISSING, Recording, cases, recordings

BASE = "https://dashscope.aliyuncs.com"
CODEC = DIALECT.codecs[Endpoint.IMAGES]
STORE = "https://dashscope-result-bj.oss-cn-beijing.aliyuncs.com"
CAT = "https://images.example/cat.png"


def target(model: str = "wan2.2-t2i-flash", base: str = BASE) -> Target:
    return Target(base, "sk-fake", model)


def drawing(endpoint: Endpoint = Endpoint.IMAGES, **fields: Any) -> ImageRequest:
    raw = json.dumps({"model": "asked-for", "prompt": "a cat", **fields}).encode()
    request = decode(endpoint, "application/json", raw)
    assert isinstance(request, ImageRequest)
    return request


def form(*parts: tuple[str, str, bytes], **fields: str) -> FormRequest:
    """An edit as OpenAI's clients send it; parts are (name, content type, data)."""
    plain = {"model": "asked-for", "prompt": "a hat", **fields}
    pieces = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in plain.items()]
    for name, kind, data in parts:
        head = f'Content-Disposition: form-data; name="{name}"; filename="a.png"\r\n'
        pieces.append(f"{head}{f'Content-Type: {kind}' + chr(13) + chr(10) if kind else ''}\r\n".encode() + data)
    raw = b"".join(b"--XX\r\n" + piece + b"\r\n" for piece in pieces) + b"--XX--\r\n"
    request = decode(Endpoint.IMAGE_EDITS, "multipart/form-data; boundary=XX", raw)
    assert isinstance(request, FormRequest)
    return request


def sent(request: ImageRequest | FormRequest, model: str) -> tuple[str, Any, bool]:
    """(service, document, whether it is a task)"""
    outbound = CODEC.build(request, target(model))
    service = outbound.url.removeprefix(f"{BASE}/api/v1/services/aigc/")
    return service, document(outbound), ("x-dashscope-async", "enable") in outbound.headers


# -- requests ---------------------------------------------------------------------------------------------------------


def test_a_prompt_and_a_task() -> None:
    request = drawing(n=2, size="1024x1024", seed=2**31 + 3, negative_prompt="dogs", watermark=False, quality="hd")
    assert sent(request, "wan2.2-t2i-flash") == (
        "text2image/image-synthesis",
        {
            "model": "wan2.2-t2i-flash",
            "input": {"prompt": "a cat", "negative_prompt": "dogs"},
            "parameters": {"watermark": False, "n": 2, "size": "1024*1024", "seed": 3},
        },
        True,
    )


def test_words_and_a_task() -> None:
    service, found, is_task = sent(drawing(negative_prompt="dogs", size="1280x1280"), "wan2.6-t2i")
    assert (service, is_task) == ("image-generation/generation", True)
    assert found["input"] == {"messages": [{"role": "user", "content": [{"text": "a cat"}]}]}
    assert found["parameters"] == {"n": 1, "size": "1280*1280", "negative_prompt": "dogs"}


def test_words_and_an_answer_at_once() -> None:
    service, found, is_task = sent(drawing(Endpoint.IMAGE_EDITS, image=[CAT]), "qwen-image-edit-plus")
    assert (service, is_task) == ("multimodal-generation/generation", False)
    assert found["input"]["messages"][0]["content"] == [{"image": CAT}, {"text": "a cat"}]


@pytest.mark.parametrize(
    ("model", "service"),
    [
        ("wanx-v1", "text2image/image-synthesis"),
        ("ali-stable-diffusion-xl", "text2image/image-synthesis"),
        ("flux-dev", "text2image/image-synthesis"),
        ("wan2.5-t2i-preview", "text2image/image-synthesis"),
        ("wan2.6-image", "image-generation/generation"),
        ("wan2.7-image-pro", "multimodal-generation/generation"),
        ("qwen-image", "multimodal-generation/generation"),
        ("z-image-turbo", "multimodal-generation/generation"),
    ],
)
def test_the_form_is_the_models(model: str, service: str) -> None:
    found = sent(drawing(), model)
    assert found[0] == service
    assert found[1]["model"] == model.removeprefix("ali-")


@pytest.mark.parametrize(
    ("model", "wanted"),
    [
        ("wanx-v1", {"ref_img": CAT}),
        ("wan2.5-i2i-preview", {"images": [CAT]}),
        ("wanx2.1-imageedit", {"function": "description_edit", "base_image_url": CAT}),
    ],
)
def test_a_picture_to_work_on(model: str, wanted: dict[str, Any]) -> None:
    service, found, _ = sent(drawing(Endpoint.IMAGE_EDITS, image=CAT), model)
    assert service == ("text2image" if model == "wanx-v1" else "image2image") + "/image-synthesis"
    assert found["input"] == {"prompt": "a cat", **wanted}


def test_what_shall_be_done_with_a_picture_may_be_told() -> None:
    _, found, _ = sent(drawing(Endpoint.IMAGE_EDITS, image=CAT, function="colorization"), "wanx2.1-imageedit")
    assert found["input"]["function"] == "colorization"


def test_only_its_own_styles_are_told() -> None:
    assert sent(drawing(style="<anime>"), "wanx-v1")[1]["parameters"]["style"] == "<anime>"
    assert "style" not in sent(drawing(style="vivid"), "wanx-v1")[1]["parameters"]


def test_a_form_with_files() -> None:
    request = form(("image[]", "image/jpeg", b"one"), ("image[]", "", b"two"), n="2", size="1024x1024")
    _, found, _ = sent(request, "qwen-image-2.0")
    assert found["input"]["messages"][0]["content"] == [
        {"image": "data:image/jpeg;base64," + base64.b64encode(b"one").decode()},
        {"image": "data:image/png;base64," + base64.b64encode(b"two").decode()},
        {"text": "a hat"},
    ]
    assert found["parameters"] == {"n": 2, "size": "1024*1024"}


def test_a_mask_is_for_the_old_editor() -> None:
    request = form(("image", "image/png", b"one"), ("mask", "image/png", b"two"), negative_prompt="rain")
    _, found, _ = sent(request, "wanx2.1-imageedit")
    assert found["input"] == {
        "prompt": "a hat",
        "negative_prompt": "rain",
        "function": "description_edit_with_mask",
        "base_image_url": "data:image/png;base64,b25l",
        "mask_image_url": "data:image/png;base64,dHdv",
    }
    with pytest.raises(CannotCarry) as refused:
        sent(request, "qwen-image-edit")
    assert refused.value.param == "mask"
    with pytest.raises(CannotCarry):
        sent(drawing(Endpoint.IMAGE_EDITS, image=CAT, mask=CAT), "qwen-image-edit")


@pytest.mark.parametrize(
    ("model", "most"), [("qwen-image", 1), ("qwen-image-2.0", 6), ("wan2.6-t2i", 4), ("wanx-v1", 4)]
)
def test_how_many_at_once(model: str, most: int) -> None:
    assert sent(drawing(n=most), model)[1]["parameters"]["n"] == most
    assert sent(drawing(n=most + 1), model)[1]["parameters"]["n"] == most


# -- tasks ------------------------------------------------------------------------------------------------------------


def waiting(status: str = "PENDING") -> Reply:
    return json_reply({"output": {"task_id": "t-1", "task_status": status}, "request_id": "r"})


def done(*results: dict[str, Any], **usage: int) -> Reply:
    output = {"task_id": "t-1", "task_status": "SUCCEEDED", "results": list(results)}
    return json_reply({"output": output, "usage": usage, "request_id": "r"})


def json_reply(found: Any) -> Reply:
    return Reply(200, {"content-type": "application/json"}, json.dumps(found).encode())


def run(request: ImageRequest, *outcomes: Outcome, model: str = "wan2.2-t2i-flash") -> tuple[list[Send], Answer]:
    """What is sent for these outcomes, and the answer."""
    one = channel(id=1, type=17, models=(model,), base_url="")
    found = candidate(
        snapshot(channels=[one]), caller(), one, request.endpoint, model, Means(DIALECTS, {}), 1_800_000_000
    )
    assert found is not None
    running = attempts(request, (found,), Terms(retries=0, id="r1", now=1_800_000_000, prompt_estimate=9))
    step, sends = next(running), []
    for outcome in outcomes:
        assert isinstance(step, Send)
        sends.append(step)
        step = running.send(outcome)
    assert not isinstance(step, Send)
    return sends, step


def answered(step: Answer) -> Any:
    assert isinstance(step, Served), step
    return json.loads(step.translated.body)


def test_a_task_is_polled_until_it_is_done() -> None:
    picture = {"url": f"{STORE}/a.png", "orig_prompt": "a cat", "actual_prompt": "a fluffy cat"}
    sends, step = run(drawing(), waiting(), waiting("RUNNING"), waiting("SUSPENDED"), done(picture, image_count=1))
    assert [(send.outbound.method, send.delay) for send in sends] == [("POST", 0), *[("GET", 2.0)] * 3]
    assert sends[1].outbound.url == f"{BASE}/api/v1/tasks/t-1"
    assert sends[1].outbound.secrets == sends[0].outbound.secrets
    assert answered(step)["data"] == [{"url": f"{STORE}/a.png", "revised_prompt": "a fluffy cat"}]


def test_bytes_are_fetched_where_they_are_wanted() -> None:
    results = ({"url": f"{STORE}/a.png"}, {"code": "InternalError", "message": "no"}, {"url": f"{STORE}/b.png"})
    files = (Reply(200, {"content-type": "image/png"}, b"one"), Reply(200, {"content-type": "image/png"}, b"two"))
    sends, step = run(drawing(n=3, response_format="b64_json"), waiting(), done(*results), *files)
    assert [send.outbound.url for send in sends[2:]] == [f"{STORE}/a.png", f"{STORE}/b.png"]
    assert all(send.outbound.secrets == () for send in sends[2:]), "the key is for the provider's API only"
    assert [one["b64_json"] for one in answered(step)["data"]] == ["b25l", "dHdv"]


def test_an_address_is_better_than_nothing() -> None:
    results = ({"url": f"{STORE}/a.png"}, {"url": f"{STORE}/b.png"})
    gone = Broken(Fault(FaultKind.TRANSPORT, 502, "gone"))
    _, step = run(drawing(n=2, response_format="b64_json"), waiting(), done(*results), Reply(200, {}, b"one"), gone)
    assert answered(step)["data"] == [{"b64_json": "b25l"}, {"url": f"{STORE}/b.png"}]


def sync(name: str) -> Reply:
    return json_reply({"output": {"choices": [{"message": {"content": [{"image": f"{STORE}/{name}.png"}]}}]}})


def test_a_model_that_makes_one_is_asked_again() -> None:
    files = [Reply(200, {"content-type": "image/png"}, name) for name in (b"one", b"two")]
    request = drawing(n=2, response_format="b64_json")
    sends, step = run(request, sync("a"), sync("b"), *files, model="qwen-image")
    assert [send.outbound.method for send in sends] == ["POST", "POST", "GET", "GET"]
    assert [one["b64_json"] for one in answered(step)["data"]] == ["b25l", "dHdv"]


def test_tasks_follow_each_other_until_there_are_enough() -> None:
    first = done(*({"url": f"{STORE}/{number}.png"} for number in range(4)))
    sends, step = run(drawing(n=5), waiting(), first, waiting(), waiting("RUNNING"), done({"url": f"{STORE}/4.png"}))
    asked = [json.loads(send.outbound.body)["parameters"]["n"] for send in sends if send.outbound.body]
    assert asked == [4, 1]
    assert len(answered(step)["data"]) == 5


@pytest.mark.parametrize(
    "last",
    [
        Broken(Fault(FaultKind.TRANSPORT, 502, "gone")),
        json_reply({"code": "Throttling", "message": "slow"}),
        Reply(429, {}, b'{"code":"Throttling","message":"slow"}'),
    ],
)
def test_what_was_made_before_a_failure_is_kept(last: Outcome) -> None:
    _, step = run(drawing(n=2), sync("a"), last, model="qwen-image")
    assert answered(step)["data"] == [{"url": f"{STORE}/a.png"}]


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest", "https://evil.example/aliyuncs.com", "file:///etc/passwd"]
)
def test_files_are_fetched_from_alibabas_stores_only(url: str) -> None:
    _, step = run(drawing(response_format="b64_json"), waiting(), done({"url": url}))
    assert answered(step)["data"] == [{"url": url}]


def test_an_answer_at_once() -> None:
    recording = next((one for one in recordings(["dashscope"], ["chat"]) if b'"image":' in one.body), None)
    if recording is None:
        pytest.skip(MISSING)
    told = json.loads(recording.body)
    body = json_reply(told)
    [image] = told["output"]["choices"][0]["message"]["content"]
    sends, step = run(drawing(), body, model="qwen-image-max")
    assert len(sends) == 1
    assert answered(step)["data"] == [{"url": image["image"]}]
    sends, step = run(drawing(response_format="b64_json"), body, Reply(200, {}, b"one"), model="qwen-image-max")
    assert sends[1].outbound.url == image["image"]
    assert answered(step)["data"] == [{"b64_json": "b25l"}]


@pytest.mark.parametrize(
    ("last", "kind", "message"),
    [
        (
            json_reply({"output": {"task_status": "FAILED", "code": "DataInspectionFailed", "message": "not this"}}),
            FaultKind.CONTENT_FILTER,
            "not this",
        ),
        (json_reply({"output": {"task_status": "UNKNOWN"}}), FaultKind.SERVER_ERROR, "the task ended as UNKNOWN"),
        (done({"code": "Throttling", "message": "slow"}), FaultKind.RATE_LIMITED, "slow"),
        (done(), FaultKind.SERVER_ERROR, "the reply has no picture in it"),
        (json_reply({"code": "InvalidApiKey", "message": "no"}), FaultKind.BAD_KEY, "no"),
    ],
)
def test_a_task_that_made_nothing_is_a_fault(last: Reply, kind: FaultKind, message: str) -> None:
    _, step = run(drawing(), waiting(), last)
    assert isinstance(step, Failure)
    assert (step.fault.kind, step.fault.message) == (kind, message)


def test_polling_slows_down_and_ends() -> None:
    sends, step = run(drawing(), *[waiting()] * MOST_REPLIES)
    assert [send.delay for send in sends[1:]] == [2.0] * 30 + [5.0] * (MOST_REPLIES - 31)
    assert isinstance(step, Failure)
    assert (step.fault.status, step.fault.code) == (504, "task_timeout")


@pytest.mark.parametrize("recording", cases(["dashscope"], ["task", "images"]))
def test_a_recorded_task_is_understood(recording: Recording) -> None:
    if recording.status != 200:
        return
    told = json.loads(recording.body)["output"]
    assert CODEC.follow_up is not None
    again = CODEC.follow_up(drawing(), target(), b"[" + recording.body + b"]", 1)
    if told["task_status"] == "PENDING":
        assert again is not None
        assert again.outbound.url.endswith(f"/api/v1/tasks/{told['task_id']}")
        return
    assert again is None
    said: list[Event] = list(CODEC.read_reply(drawing(), target(), b"[" + recording.body + b"]"))
    made = [one for one in said if isinstance(one, PictureMade)]
    assert [one.url for one in made] == [result["url"] for result in told["results"]]
    assert [one.usage.images for one in said if isinstance(one, UsageReported)] == [len(made)]
    assert not any(isinstance(one, Failed) for one in said)
