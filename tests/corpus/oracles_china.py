"""What replies of DashScope, Baidu, Tencent and Coze say: an oracle per format, as in `oracles_world`.

Must not import the product.
"""

from __future__ import annotations

from typing import Any

from tests.addon.dialects.openai_oracle import Call, Choice, Told
from tests.corpus.telling import Json, called, counts, finish


def dashscope(found: list[tuple[str, Any]], repeats: bool) -> Told:
    told = Told()
    for name, frame in found:
        if name == "error" or "output" not in frame:
            told.error = frame.get("message") or "?"
            return told
        output = frame["output"]
        shapes = output.get("choices") or [{"message": output.get("message") or {"content": output.get("text")}}]
        for position, one in enumerate(shapes):
            choice = told.choice(one.get("index", position))
            if repeats:
                choice.text = choice.reasoning = ""
            qwen_message(choice, one.get("message") or {})
            reason = one.get("finish_reason", output.get("finish_reason"))
            if reason not in (None, "", "null"):
                choice.finish = reason if reason in ("stop", "tool_calls") else finish(reason, bool(choice.calls))
        usage = frame.get("usage") or {}
        rows = usage.get("models") or [usage]
        if rows[0].get("input_tokens") is not None:
            counts(told, *(sum(row.get(name) or 0 for row in rows) for name in ("input_tokens", "output_tokens")))
    return told


def qwen_message(choice: Choice, message: Json) -> None:
    content = message.get("content") or ""
    parts = [{"text": content}] if isinstance(content, str) else content
    choice.text += "".join(part.get("text") or "" for part in parts)
    choice.reasoning += message.get("reasoning_content") or ""
    for call in message.get("tool_calls") or []:
        if call.get("index", len(choice.calls)) >= len(choice.calls):
            choice.calls.append(Call(call.get("id") or "", call["function"]["name"]))
        choice.calls[call.get("index", -1)].arguments += call["function"].get("arguments") or ""


def baidu(found: list[tuple[str, Any]]) -> Told:
    told = Told()
    choice, reason = told.choice(0), None
    for _, frame in found:
        if frame.get("error_code"):
            told.error = frame["error_msg"]
            return told
        choice.text += frame.get("result") or ""
        if frame.get("function_call"):
            call = frame["function_call"]
            called(choice, call["name"], call["arguments"])
            choice.reasoning += call.get("thoughts") or ""
        reason = frame.get("finish_reason") or reason
        usage = frame.get("usage") or {}
        counts(told, usage.get("prompt_tokens"), usage.get("completion_tokens"), usage.get("total_tokens"))
    choice.finish = finish("sensitive" if reason == "content_filter" else reason, bool(choice.calls))
    return told


def tencent(found: list[tuple[str, Any]]) -> Told:
    told = Told()
    for _, frame in found:
        frame = frame.get("Response", frame)
        error = frame.get("Error") or frame.get("ErrorMsg")
        if error and not isinstance(error, str):
            told.error = error.get("Message") or error.get("Msg") or "?"
            return told
        usage = frame.get("Usage") or {}
        prompt = usage.get("PromptTokens", usage.get("InputTokens"))
        counts(told, prompt, usage.get("CompletionTokens", usage.get("OutputTokens")), usage.get("TotalTokens"))
        for position, one in enumerate(frame.get("Choices") or []):
            choice = told.choice(one.get("Index") or position)
            message = one.get("Delta") or one.get("Message") or {}
            choice.text += message.get("Content") or ""
            choice.reasoning += message.get("ReasoningContent") or ""
            for call in message.get("ToolCalls") or []:
                if call["Function"]["Name"]:
                    choice.calls.append(Call(call.get("Id") or "", call["Function"]["Name"]))
                choice.calls[-1].arguments += call["Function"]["Arguments"]
            reason = one.get("FinishReason")
            choice.finish = finish(reason, bool(choice.calls)) if reason else choice.finish
    return told


def coze(found: list[tuple[str, Any]]) -> Told:
    told = Told()
    choice, streamed = told.choice(0), set()
    for name, document in found:
        kind = name.rpartition(".")[2]
        if kind in ("failed", "error") or (not name and document.get("code")):
            told.error = (document.get("last_error") or document).get("msg") or "an error"
            return told
        answer = document.get("type") == "answer" and document.get("content_type", "text") == "text"
        if "message" in name and answer and (kind == "delta" or document.get("id") not in streamed):
            streamed.add(document.get("id"))
            choice.text += document.get("content") or ""
            choice.reasoning += document.get("reasoning_content") or ""
        if name == "conversation.chat.completed":
            usage = document.get("usage") or {}
            if usage.get("token_count"):
                counts(told, usage.get("input_count"), usage.get("output_count"), usage.get("token_count"))
    choice.finish = "stop"
    return told
