// `@soat/sdk` against a server that nobody has used: what a program does, from the first account to the last chat.
// Arguments: the server's address, the folder with the packages, and the address of whom chats ask, who answers "Hello"
// each time, and begins a long answer the last time.

import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [base, packages, upstream] = process.argv.slice(2);
const { SoatClient } = await import(pathToFileURL(join(packages, "@soat/sdk/dist/index.mjs")));

/** What a call gave that had to go well. */
async function gives(status, call) {
  const { response, data, error } = await call;
  assert.equal(response.status, status, JSON.stringify(error));
  return data;
}

async function fails(status, code, call) {
  const { response, error } = await call;
  assert.equal(response.status, status);
  assert.equal(error.error.code, code);
}

// The first account, and what it sets up.
const nobody = new SoatClient({ baseUrl: base });
const credentials = { username: "ada", password: "correct horse" };
const ada = await gives(201, nobody.users.bootstrapUser({ body: credentials }));
assert.match(ada.id, /^user_[A-Za-z0-9]{16}$/);
assert.equal(ada.role, "admin");
await fails(409, "CONFLICT", nobody.users.bootstrapUser({ body: credentials }));
const wrong = await nobody.users.loginUser({ body: { ...credentials, password: "x" } });
assert.deepEqual([wrong.response.status, wrong.error], [401, { error: "Invalid credentials" }]);
const unknown = await nobody.chats.listChats({});
assert.deepEqual([unknown.response.status, unknown.error], [401, { error: "Unauthorized" }]);
const { token } = await gives(200, nobody.users.loginUser({ body: credentials }));
const admin = new SoatClient({ baseUrl: base, token });

const project = await gives(201, admin.projects.createProject({ body: { name: "house" } }));
const secret = await gives(
  201,
  admin.secrets.createSecret({ body: { project_id: project.id, name: "key", value: "sk-of-the-house" } }),
);
assert.deepEqual([secret.has_value, secret.value], [true, undefined]);
const provider = await gives(
  201,
  admin.aiProviders.createAiProvider({
    body: {
      project_id: project.id,
      name: "mine",
      provider: "custom",
      default_model: "m",
      secret_id: secret.id,
      base_url: `${upstream}/v1`,
      config: { some_key: { innerKey: 1 } },
    },
  }),
);
assert.deepEqual(provider.config, { some_key: { innerKey: 1 } });
const document = await gives(
  201,
  admin.documents.createDocument({
    body: { project_id: project.id, content: "The house is blue.", path: "/notes/house.txt" },
  }),
);
const read = await gives(200, admin.documents.getDocument({ path: { document_id: document.id } }));
assert.equal(read.content, "The house is blue.");
const policy = await gives(
  201,
  admin.policies.createPolicy({
    body: {
      name: "chats",
      document: {
        statement: [
          { effect: "Allow", action: ["chats:*", "documents:GetDocument"], resource: [`soat:${project.id}:*:*`] },
        ],
      },
    },
  }),
);
const bob = await gives(201, admin.users.createUser({ body: { username: "bob", password: "correct horse" } }));
await gives(
  204,
  admin.users.attachUserPolicies({ path: { user_id: bob.id }, body: { policy_ids: [policy.id] } }),
);
const login = await gives(200, nobody.users.loginUser({ body: { username: "bob", password: "correct horse" } }));
const his = new SoatClient({ baseUrl: base, token: login.token });
const made = await gives(
  201,
  his.apiKeys.createApiKey({ body: { name: "ci", project_id: project.id, policy_ids: [policy.id] } }),
);
assert.match(made.key, /^sk_[0-9a-f]{64}$/);

// The rest with the key.
const client = new SoatClient({ baseUrl: base, token: made.key });
const chat = await gives(
  201,
  client.chats.createChat({
    body: { ai_provider_id: provider.id, name: "Assistant", system_message: "Be brief.", model: "m-of-the-chat" },
  }),
);
assert.deepEqual(Object.keys(chat), [
  "id", "project_id", "ai_provider_id", "name", "system_message", "model", "created_at", "updated_at",
]);
assert.equal(chat.project_id, project.id);
assert.deepEqual(await gives(200, client.chats.listChats({ query: { project_id: project.id } })), [chat]);
assert.deepEqual(await gives(200, client.chats.getChat({ path: { chat_id: chat.id } })), chat);
await fails(403, "FORBIDDEN", client.projects.createProject({ body: { name: "x" } }));
await fails(403, "FORBIDDEN", client.users.listUsers({}));

// What the chat answers, whole and as a stream, and the model: the request's before the chat's.
const frames = `data: {"choices":[{"delta":{"content":"Hello"}}]}\n\ndata: [DONE]\n\n`;
const bare = (stream) => stream.replace(/^id: .*\n/gm, "");
const question = { role: "user", content: "Which colour is it?" };
const messages = [{ role: "user", document_id: document.id }, question];
const ask = (body, how = {}) =>
  client.chats.createChatCompletionForChat({ path: { chat_id: chat.id }, body, ...how });
const whole = await gives(200, ask({ messages }));
assert.equal(whole.object, "chat.completion");
assert.equal(whole.model, "m-of-the-chat");
assert.deepEqual(whole.choices, [
  { index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" },
]);
assert.equal((await gives(200, ask({ messages, model: "m-of-the-request" }))).model, "m-of-the-request");
const mine = [{ role: "system", content: "Mine." }, question];
const stream = await ask({ messages: mine, stream: true }, { parseAs: "stream" });
assert.equal(stream.response.headers.get("content-type"), "text/event-stream");
assert.equal(bare(await new Response(stream.data).text()), frames);
await fails(400, "VALIDATION_FAILED", ask({ messages: [] }));

// Without a chat: whole, and as a stream that is left after its first bytes.
const stateless = (body, how = {}) =>
  client.chats.createChatCompletion({
    body: { ai_provider_id: provider.id, system_message: "In verse.", messages: [question], ...body },
    ...how,
  });
assert.equal((await gives(200, stateless({}))).model, "m");
assert.equal((await gives(200, stateless({ model: "m-large" }))).model, "m-large");
const left = await stateless({ stream: true }, { parseAs: "stream" });
const reader = left.data.getReader();
const { value, done } = await reader.read();
assert.equal(done, false);
assert.match(new TextDecoder().decode(value), /"delta":\{"content":"and then/);
await reader.cancel();
// Until somebody has seen that the provider is left, while this program still runs.
process.stdin.resume();
await once(process.stdin, "end");

await gives(204, client.chats.deleteChat({ path: { chat_id: chat.id } }));
const missing = await client.chats.getChat({ path: { chat_id: chat.id } });
assert.equal(missing.response.status, 404);
assert.equal(missing.error.error.message, `Chat '${chat.id}' not found.`);
await fails(400, "CHAT_NOT_FOUND", ask({ messages }));
console.log("ok");
