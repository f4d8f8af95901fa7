"""Thirty questions at once on one HTTP/2 connection through the proxy: text and order of each answer, and the port."""

import asyncio
import json
import os

import openai

MODELS = json.loads(os.environ["TOUR_MODELS"])
ports, versions = set(), set()


async def note(response):
    ports.add(response.extensions["network_stream"].get_extra_info("client_addr")[1])
    versions.add(response.http_version)


async def ask(client, number):
    model, messages = MODELS[number % len(MODELS)], [{"role": "user", "content": f"question {number}"}]
    if number % 2:
        whole = await client.chat.completions.create(model=model, messages=messages)
        return whole.choices[0].message.content
    chunks = await client.chat.completions.create(model=model, messages=messages, stream=True)
    return "".join([chunk.choices[0].delta.content or "" async for chunk in chunks])


async def main():
    made = openai.DefaultAsyncHttpxClient(http2=True, event_hooks={"response": [note]})
    async with openai.AsyncOpenAI(http_client=made, max_retries=0) as client:
        await ask(client, 1)  # now the connection is there, and known to be HTTP/2
        said = await asyncio.gather(*(ask(client, number) for number in range(30)))
    print(json.dumps({"said": said, "ports": len(ports), "versions": sorted(versions)}))


asyncio.run(main())
