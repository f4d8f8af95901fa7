// Another program: the openai package for Node, asking each model twice; prints what it saw.
// HTTPS_PROXY: through it. HTTP2=1: offers HTTP/2 first (undici itself would name it second).
import { subscribe } from "node:diagnostics_channel";
import tls from "node:tls";
import OpenAI from "openai";
import { ProxyAgent, fetch } from "undici";

const models = JSON.parse(process.env.TOUR_MODELS);
const http2 = process.env.HTTP2 === "1";
const messages = [{ role: "system", content: "Be brief." }, { role: "user", content: "Say hello" }];
const versions = new Set();
subscribe("undici:client:connected", ({ socket }) => versions.add(socket.alpnProtocol ?? "none"));

if (http2) {
  const connect = tls.connect;
  tls.connect = (options, ...rest) => connect({ ...options, ALPNProtocols: ["h2", "http/1.1"] }, ...rest);
}
const proxy = process.env.HTTPS_PROXY;
const dispatcher = proxy && new ProxyAgent({ uri: proxy, allowH2: http2, requestTls: { allowH2: http2 } });
const client = new OpenAI({ fetch, fetchOptions: dispatcher ? { dispatcher } : {}, maxRetries: 0 });
const seen = {};
for (const model of models) {
  const whole = await client.chat.completions.create({ model, messages });
  const { message, finish_reason } = whole.choices[0];
  seen[model] = [message.content, finish_reason, whole.usage.prompt_tokens, whole.usage.completion_tokens];
  let text = "";
  const ends = [];
  for await (const chunk of await client.chat.completions.create({ model, messages, stream: true })) {
    text += chunk.choices[0]?.delta?.content ?? "";
    if (chunk.choices[0]?.finish_reason) ends.push(chunk.choices[0].finish_reason);
  }
  seen[`${model} streamed`] = [text, ends];
}
console.log(JSON.stringify({ plain: seen, versions: [...versions].sort() }));
await dispatcher?.close();
