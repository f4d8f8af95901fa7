"""The script of the article, for one model after the other: prints each answer on a line of its own."""

import os
import sys

from openai import OpenAI

base_url = os.environ.get("ARTICLE_BASE_URL")
client = OpenAI(**({"base_url": base_url} if base_url else {}), api_key=os.environ["ARTICLE_KEY"])
for model in sys.stdin.read().split():
    completion = client.chat.completions.create(
        model=model,
        messages=[{"role": "system", "content": "Say hello to the newcomer."}],
        temperature=0.8,
        top_p=1,
        max_tokens=1024,
        stream=True,
    )
    for chunk in completion:
        print(chunk.choices[0].delta.content or "", end="", flush=True)
    print()
