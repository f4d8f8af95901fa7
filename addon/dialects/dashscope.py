"""Alibaba's DashScope in its own words: chats, embeddings, rerank, pictures and sound.

    access     dashscope_access, with dashscope_models (what differs from model to model)
    chats      dashscope_request, dashscope_reply (which composes `openai`)
    lists      dashscope_lists
    pictures   dashscope_pictures, dashscope_sizes
    sound      dashscope_sound
    errors     dashscope_fault

Its OpenAI-compatible mode is a row of its own (Bailian). Must not know channels.
"""

from __future__ import annotations

from addon.canon.codec import Codec, Dialect
from addon.canon.keys import guarded
from addon.canon.request import Endpoint
from addon.dialects import dashscope_lists, dashscope_pictures, dashscope_reply, dashscope_request, dashscope_sound
from addon.dialects.dashscope_fault import read_error

PICTURES = Codec(
    build=dashscope_pictures.build,
    reader=None,
    read_reply=dashscope_pictures.read_reply,
    follow_up=dashscope_pictures.follow_up,
    gathers=True,
    keeps=True,
    remembers=True,
)

KEY_FORM = "A key of Alibaba's Model Studio is one API key, sk-…; AccessKeys (LTAI…) are for Alibaba's other services."

DIALECT = Dialect(
    name="dashscope",
    codecs=guarded(
        {
            Endpoint.CHAT: Codec(
                build=dashscope_request.build,
                reader=dashscope_reply.StreamReader,
                read_reply=dashscope_reply.read_reply,
            ),
            Endpoint.EMBEDDINGS: Codec(
                build=dashscope_lists.build_embeddings,
                reader=None,
                read_reply=dashscope_lists.read_embeddings,
                follow_up=dashscope_lists.more_embeddings,
                gathers=True,
            ),
            Endpoint.RERANK: Codec(
                build=dashscope_lists.build_rerank, reader=None, read_reply=dashscope_lists.read_rerank
            ),
            Endpoint.IMAGES: PICTURES,
            Endpoint.IMAGE_EDITS: PICTURES,
            Endpoint.SPEECH: dashscope_sound.SPEECH,
            Endpoint.TRANSCRIPTIONS: dashscope_sound.TRANSCRIPTS,
        },
        "LTAI",
        KEY_FORM,
    ),
    read_error=read_error,
)
