"""Another program: the official client, plain and async, asking each model for each kind of reply; prints what it saw.

Its environment says where to go. HTTP2=1: it offers HTTP/2, and tells which version each reply came by.
"""

import asyncio
import json
import os

import openai

MODELS = json.loads(os.environ["TOUR_MODELS"])
TOOLS = json.loads(os.environ["TOUR_TOOLS"])
EMBEDDINGS = json.loads(os.environ["TOUR_EMBEDDINGS"])
HTTP2 = os.environ.get("HTTP2") == "1"
QUESTION = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Say hello"}]
ASK = {
    "type": "function",
    "function": {
        "name": "ask",
        "parameters": {"type": "object", "properties": {"question": {"type": "string"}}, "required": ["question"]},
    },
}
versions = set()


def note(response):
    versions.add(response.http_version)


async def note_later(response):
    note(response)


def message(completion):
    choice, usage = completion.choices[0], completion.usage
    calls = [(call.function.name, json.loads(call.function.arguments)) for call in choice.message.tool_calls or []]
    return [choice.message.content, calls, choice.finish_reason, usage.prompt_tokens, usage.completion_tokens]


def told(chunks):
    """A stream, put together: text, tool arguments, finish reason, usage."""
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    text = "".join(delta.content or "" for delta in deltas)
    calls = [call.function for delta in deltas for call in delta.tool_calls or []]
    named = [(call.name or "") + (call.arguments or "") for call in calls]
    ends = [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices and chunk.choices[0].finish_reason]
    usage = [[chunk.usage.prompt_tokens, chunk.usage.completion_tokens] for chunk in chunks if chunk.usage]
    return [text, "".join(named), ends, usage]


def ask(model, **more):
    return {"model": model, "messages": QUESTION, "max_tokens": 100, **more}


def streaming(model, **more):
    return ask(model, stream=True, stream_options={"include_usage": True}, **more)


def plain_tour(client):
    seen = {}
    for model in MODELS:
        seen[model] = message(client.chat.completions.create(**ask(model)))
        seen[f"{model} streamed"] = told(list(client.chat.completions.create(**streaming(model))))
    for model in TOOLS:
        seen[model] = message(client.chat.completions.create(**ask(model, tools=[ASK])))
        seen[f"{model} streamed"] = told(list(client.chat.completions.create(**streaming(model, tools=[ASK]))))
    for model in EMBEDDINGS:
        made = client.embeddings.create(model=model, input=["one", "another"])
        seen[model] = [one.embedding for one in made.data]
    seen["models"] = sorted(one.id for one in client.models.list() if one.id in MODELS)
    seen["model"] = client.models.retrieve(MODELS[0]).id
    return seen


async def async_tour(client):
    """All at once."""

    async def streamed(model, **more):
        return told([chunk async for chunk in await client.chat.completions.create(**streaming(model, **more))])

    async def whole(model, **more):
        return message(await client.chat.completions.create(**ask(model, **more)))

    wanted = {model: whole(model) for model in MODELS}
    wanted |= {f"{model} streamed": streamed(model) for model in MODELS}
    wanted |= {model: whole(model, tools=[ASK]) for model in TOOLS}
    wanted |= {f"{model} streamed": streamed(model, tools=[ASK]) for model in TOOLS}
    return dict(zip(wanted, await asyncio.gather(*wanted.values()), strict=True))


async def in_async():
    made = openai.DefaultAsyncHttpxClient(http2=HTTP2, event_hooks={"response": [note_later]})
    async with openai.AsyncOpenAI(http_client=made, max_retries=0) as client:
        return await async_tour(client)


with openai.OpenAI(
    http_client=openai.DefaultHttpxClient(http2=HTTP2, event_hooks={"response": [note]}), max_retries=0
) as tourist:
    plain = plain_tour(tourist)
print(json.dumps({"plain": plain, "async": asyncio.run(in_async()), "versions": sorted(versions)}))
