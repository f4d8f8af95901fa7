"""iFlytek Spark: OpenAI's dialect over HTTP, or Spark's own words over a WebSocket.

    spark_http      requests over HTTP, with names and keys of either kind
    spark_reply     its replies
    spark_socket    requests and replies over the WebSocket

HTTP is the rule: it has tools, JSON and newer models, and the keys of the WebSocket (`APPID|APISecret|APIKey`) open it
as `APIKey:APISecret`. An account that was given the WebSocket only is reached by it where the channel's base URL begins
with wss:// (`wss://spark-api.xf-yun.com`). https://www.xfyun.cn/doc/spark/Web.html
"""

from __future__ import annotations

from addon.canon.codec import Codec, Dialect, Reader
from addon.canon.outbound import Outbound, Target
from addon.canon.request import ChatRequest, Endpoint
from addon.dialects import openai, spark_http, spark_reply, spark_socket


def build(request: ChatRequest, target: Target) -> Outbound:
    if spark_socket.is_wanted(target):
        return spark_socket.build(request, target)
    return spark_http.build(request, target)


def reader(request: ChatRequest, target: Target) -> Reader:
    if spark_socket.is_wanted(target):
        return spark_socket.MessageReader(request, target)
    return spark_reply.StreamReader(request, target)


DIALECT = Dialect(
    name="spark",
    codecs={
        Endpoint.CHAT: Codec(build=build, reader=reader, read_reply=spark_reply.read_chat, is_last=spark_socket.is_last)
    },
    read_error=openai.DIALECT.read_error,
)
