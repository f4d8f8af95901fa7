"""OpenAI's own dialect, for every provider that speaks it: requests and replies pass, but for what must change.

What a provider does otherwise is in its row: knobs in `Quirks`, named request edits in `openai_edits`, named reply
repairs in `openai_repairs`. Must not know Azure, nor any provider by name.
"""

from __future__ import annotations

from addon.canon.codec import Codec, Dialect
from addon.canon.request import Endpoint
from addon.dialects.openai_fault import read_error
from addon.dialects.openai_files import FILES
from addon.dialects.openai_media import read_moderation, read_ranks, read_speech, read_transcript
from addon.dialects.openai_media_stream import MediaReader
from addon.dialects.openai_picture_reply import follow_up, read_images
from addon.dialects.openai_realtime import REALTIME
from addon.dialects.openai_reply import read_chat, read_completion, read_embeddings
from addon.dialects.openai_request import build
from addon.dialects.openai_stream import StreamReader

PICTURES = Codec(build=build, reader=MediaReader, read_reply=read_images, raw_stream=True, follow_up=follow_up)
TRANSCRIPTS = Codec(build=build, reader=MediaReader, read_reply=read_transcript, raw=True, raw_stream=True)

DIALECT = Dialect(
    name="openai",
    codecs={
        Endpoint.CHAT: Codec(build=build, reader=StreamReader, read_reply=read_chat),
        Endpoint.COMPLETIONS: Codec(build=build, reader=StreamReader, read_reply=read_completion),
        Endpoint.EMBEDDINGS: Codec(build=build, reader=None, read_reply=read_embeddings),
        Endpoint.IMAGES: PICTURES,
        Endpoint.IMAGE_EDITS: PICTURES,
        Endpoint.IMAGE_VARIATIONS: PICTURES,
        Endpoint.SPEECH: Codec(build=build, reader=MediaReader, read_reply=read_speech, raw=True, raw_stream=True),
        Endpoint.TRANSCRIPTIONS: TRANSCRIPTS,
        Endpoint.TRANSLATIONS: TRANSCRIPTS,
        Endpoint.MODERATIONS: Codec(build=build, reader=None, read_reply=read_moderation),
        Endpoint.RERANK: Codec(build=build, reader=None, read_reply=read_ranks),
        Endpoint.FILES: FILES,
        Endpoint.REALTIME: REALTIME,
    },
    read_error=read_error,
)
