// `@soat/cli` against a server that nobody has used: what a team does, from the first account to the last chat.
// Arguments: the server's address, the folder with the packages, and the address of whom chats ask, who answers "Hello"
// each time.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [base, packages, upstream] = process.argv.slice(2);
const home = mkdtempSync(join(tmpdir(), "soat-"));
let token;

/** Runs a command; what it printed, or the error that it was told. */
function soat(command, flags = {}) {
  const given = Object.entries(flags).flatMap(([name, value]) => [
    `--${name}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const env = { PATH: process.env.PATH, HOME: home, SOAT_BASE_URL: base };
  if (token) env.SOAT_TOKEN = token;
  const cli = join(packages, "@soat/cli/bin/soat");
  const ran = spawnSync(process.execPath, [cli, command, ...given], { env, encoding: "utf8" });
  if (ran.status === 0) return JSON.parse(ran.stdout);
  return { failed: JSON.parse(ran.stderr) };
}

function fails(outcome, status, code) {
  assert.equal(outcome.failed?.status, status, JSON.stringify(outcome));
  assert.equal(outcome.failed.error.code, code);
}

// The command line, from the first account to the last chat.
const credentials = { username: "ada", password: "correct horse" };
const user = soat("bootstrap-user", credentials);
assert.match(user.id, /^user_[A-Za-z0-9]{16}$/);
assert.equal(user.role, "admin");
fails(soat("bootstrap-user", credentials), 409, "CONFLICT");
assert.equal(soat("login-user", { ...credentials, password: "x" }).failed.status, 401);
assert.equal(soat("list-chats").failed.status, 401);
token = soat("login-user", credentials).token;

const project = soat("create-project", { name: "house" });
const secret = soat("create-secret", { project_id: project.id, name: "key", value: "sk-of-the-house" });
assert.equal(secret.has_value, true);
assert.equal(secret.value, undefined);
const provider = soat("create-ai-provider", {
  project_id: project.id,
  name: "mine",
  provider: "custom",
  default_model: "m",
  secret_id: secret.id,
  base_url: `${upstream}/v1`,
  config: { some_key: { innerKey: 1 } },
});
assert.deepEqual(provider.config, { some_key: { innerKey: 1 } });
const document = soat("create-document", {
  project_id: project.id,
  content: "The house is blue.",
  path: "/notes/house.txt",
});
assert.equal(document.filename, "house.txt");
assert.equal(soat("get-document", { document_id: document.id }).content, "The house is blue.");
const policy = soat("create-policy", {
  name: "chats",
  document: { statement: [{ effect: "Allow", action: ["chats:*"], resource: [`soat:${project.id}:*:*`] }] },
});
const bob = soat("create-user", { username: "bob", password: "correct horse" });
assert.equal(soat("attach-user-policies", { user_id: bob.id, policy_ids: [policy.id] }), null);
const key = soat("create-api-key", { name: "ci", project_id: project.id, policy_ids: [policy.id] });
assert.match(key.key, /^sk_[0-9a-f]{64}$/);

const chat = soat("create-chat", {
  ai_provider_id: provider.id,
  project_id: project.id,
  name: "Assistant",
  system_message: "Be brief.",
});
assert.deepEqual(Object.keys(chat), [
  "id", "project_id", "ai_provider_id", "name", "system_message", "model", "created_at", "updated_at",
]);
assert.deepEqual(soat("list-chats", { project_id: project.id }), [chat]);
assert.deepEqual(soat("get-chat", { chat_id: chat.id }), chat);

// What chats answer, whole and as bytes of a stream, which this command line prints as one text.
const frames = `data: {"choices":[{"delta":{"content":"Hello"}}]}\n\ndata: [DONE]\n\n`;
const bare = (stream) => stream.replace(/^id: .*\n/gm, "");
const messages = [
  { role: "user", document_id: document.id },
  { role: "user", content: "Which colour is it?" },
];
const answered = soat("create-chat-completion-for-chat", { chat_id: chat.id, messages });
assert.equal(answered.object, "chat.completion");
assert.equal(answered.model, "m");
assert.deepEqual(answered.choices, [
  { index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" },
]);
const streamed = soat("create-chat-completion-for-chat", { chat_id: chat.id, messages, stream: "true" });
assert.equal(bare(streamed), frames);
const stateless = soat("create-chat-completion", {
  ai_provider_id: provider.id,
  "system-message": "In verse.",
  model: "m-large",
  messages: [{ role: "user", content: "Which colour is it?" }],
});
assert.equal(stateless.choices[0].message.content, "Hello");
assert.equal(stateless.model, "m-large");
fails(soat("create-chat-completion-for-chat", { chat_id: chat.id, messages: [] }), 400, "VALIDATION_FAILED");

assert.equal(soat("delete-chat", { chat_id: chat.id }), null);
fails(soat("get-chat", { chat_id: chat.id }), 404, "RESOURCE_NOT_FOUND");
fails(soat("create-chat-completion-for-chat", { chat_id: chat.id, messages }), 400, "CHAT_NOT_FOUND");
fails(soat("create-chat", { ai_provider_id: "aip_0000000000000000", project_id: project.id }), 400, "AI_PROVIDER_NOT_FOUND");

// The same person's key reads and makes chats in the project, and does nothing else.
token = key.key;
const made = soat("create-chat", { ai_provider_id: provider.id });
assert.equal(made.project_id, project.id);
fails(soat("list-users"), 403, "FORBIDDEN");
fails(soat("create-project", { name: "x" }), 403, "FORBIDDEN");
console.log("ok");
