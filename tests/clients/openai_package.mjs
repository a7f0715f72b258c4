// What OpenAI's own npm package makes of the OpenAI dialect.

import assert from "node:assert/strict";
import OpenAI from "openai";

const [base, key, wrong, picture] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${base}/v1`, apiKey: key });
const messages = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "Who are you?" },
];
const text = "I am a model of few words.";

// Models
const models = [];
for await (const model of client.models.list()) models.push(model.id);
assert.deepEqual(models, ["echo/echo", "up/m"]);
assert.equal((await client.models.retrieve("up/m")).owned_by, "up");

// Whole: the provider says 429 first, then answers
const whole = await client.chat.completions.create({
  model: "up/m", messages, temperature: 0.5, max_tokens: 7, stop: ["END"], seed: 42,
});
assert.equal(whole.choices[0].message.content, text);
assert.equal(whole.choices[0].finish_reason, "stop");
assert.ok(whole.usage.total_tokens > 0);

// Streamed
const chunks = [];
const stream = await client.chat.completions.create({
  model: "up", messages, stream: true, stream_options: { include_usage: true },
});
for await (const chunk of stream) chunks.push(chunk);
assert.equal(chunks[0].choices[0].delta.role, "assistant");
assert.equal(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join(""), text);
assert.equal(chunks.at(-2).choices[0].finish_reason, "stop");
assert.ok(chunks.at(-1).usage.total_tokens > 0);

// A stream that is left
for await (const chunk of await client.chat.completions.create({ model: "up", messages, stream: true })) {
  if (chunk.choices[0].delta.content) break;
}

// Kept in a thread
const headers = { "X-Thread": "new" };
const kept = await client.chat.completions.create({ model: "up", messages }, { headers }).withResponse();
assert.equal(kept.data.choices[0].message.content, text);
const thread = kept.response.headers.get("x-thread");
const again = await client.chat.completions.create(
  { model: "up", messages: [{ role: "user", content: "And now?" }] },
  { headers: { "X-Thread": thread } },
);
assert.equal(again.choices[0].message.content, text);

// An image, which comes along with the question
const looking = (url) => [{
  role: "user",
  content: [{ type: "text", text: "What is this?" }, { type: "image_url", image_url: { url, detail: "high" } }],
}];
const shown = await client.chat.completions.create({ model: "up", messages: looking(picture) });
assert.equal(shown.choices[0].message.content, text);

// Errors, as typed as OpenAI's own. The provider answers 400 now.
const ask = (more = {}, by = client) => by.chat.completions.create({ model: "up", messages, ...more });
await assert.rejects(ask(), (error) => error.status === 502 && error.code === "provider_error");
await assert.rejects(ask({ model: "gpt-x" }), (error) =>
  error instanceof OpenAI.NotFoundError && error.code === "model_not_found");
await assert.rejects(ask({ tools: [{ type: "function", function: { name: "f" } }] }), (error) =>
  error instanceof OpenAI.BadRequestError && error.param === "tools");
await assert.rejects(ask({ messages: looking("https://example.org/cat.png") }), (error) =>
  error instanceof OpenAI.BadRequestError && error.param === "messages[0].content[1].image_url.url" &&
  error.code === "invalid_image_url");
const stranger = new OpenAI({ baseURL: `${base}/v1`, apiKey: wrong });
await assert.rejects(ask({}, stranger), (error) =>
  error instanceof OpenAI.AuthenticationError && error.code === "invalid_api_key");
// After the first word: thrown out of the stream.
await assert.rejects(async () => {
  for await (const _ of await ask({ stream: true }));
}, (error) => error instanceof OpenAI.APIError && /broke off/.test(error.message));

// Texts as vectors: in base64, which the package asks for by itself and reads, then as numbers
const embed = (more = {}) => client.embeddings.create({ model: "up/m", input: ["one", "two"], ...more });
for (const more of [{}, { encoding_format: "float", dimensions: 3 }]) {
  const vectors = await embed(more);
  assert.deepEqual(vectors.data.map((vector) => vector.embedding), [[0, 0.25, 3], [1, 0.5, -1.5]]);
  assert.deepEqual(vectors.data.map((vector) => vector.index), [0, 1]);
  assert.equal(vectors.model, "up/m");
  assert.equal(vectors.usage.total_tokens, 5);
}
await assert.rejects(embed({ model: "echo" }), (error) =>
  error instanceof OpenAI.BadRequestError && error.code === "unsupported_model" && error.param === "model");
await assert.rejects(embed({ input: ["one", ""] }), (error) =>
  error instanceof OpenAI.BadRequestError && error.param === "input[1]");
await assert.rejects(embed(), (error) => error.status === 502 && error.code === "provider_error");
console.log("ok");
