"""The relay: OpenAI-bound requests in, a provider's format out, and the reply back.

Knows `rules`; must not know `admin` or Flask (`oneapi.py`, which puts the whole together, excepted).

    oneapi, cli                           composition roots
    hooks, stream, hooktable, internal    the only rooms that touch mitmproxy's life cycle
    exchange, doors, routes, admission, plan, attempts, pipe    one request, step by step
    control                               what an operator asks of a channel itself: balance, models, its key
    dialects, signing, wire, face, meter, verdict               formats, framings, decisions
    canon                                 the common tongue
"""
