// What the official TypeScript client of the Model Context Protocol makes of /mcp.

import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [base, key, wrong, project, provider] = process.argv.slice(2);

const connect = async (token) => {
  const client = new Client({ name: "test", version: "1" });
  const requestInit = { headers: { Authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${base}/mcp`), { requestInit }));
  return client;
};

const client = await connect(key);
assert.equal(client.getServerVersion().name, "colloquy");
await client.ping();
const { tools } = await client.listTools();
const names = tools.map((tool) => tool.name);
for (const name of ["create-chat", "list-chats", "get-chat", "delete-chat"]) assert.ok(names.includes(name), name);

const call = async (name, args) => {
  const result = await client.callTool({ name, arguments: args });
  assert.equal(result.content.length, 1);
  return { refused: result.isError === true, text: result.content[0].text };
};
const told = async (name, args) => {
  const { refused, text } = await call(name, args);
  assert.ok(!refused, text);
  return JSON.parse(text);
};

const chat = await told("create-chat", { aiProviderId: provider, projectId: project, systemMessage: "Be brief." });
assert.equal(chat.systemMessage, "Be brief.");
assert.deepEqual(await told("get-chat", { chatId: chat.id }), chat);
assert.deepEqual((await told("list-chats", { projectId: project }))[0], chat);
const messages = [{ role: "user", content: "Good morning" }];
for (const [name, of] of [
  ["create-chat-completion-for-chat", { chatId: chat.id, model: "m" }],
  ["create-chat-completion", { aiProviderId: provider, model: "m", systemMessage: "Be kind." }],
]) {
  const answer = await told(name, { ...of, messages });
  assert.equal(answer.choices[0].message.content, "Hello", name);
}
await told("delete-chat", { chatId: chat.id });
const gone = await call("get-chat", { chatId: chat.id });
assert.deepEqual(gone, { refused: true, text: `Chat '${chat.id}' not found.` });
await assert.rejects(client.callTool({ name: "rm-rf", arguments: {} }), (error) => error.code === -32602);
await client.close();

await assert.rejects(connect(wrong), (error) => /401|Unauthorized/.test(String(error)));
console.log("ok");
