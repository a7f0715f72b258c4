"""What OpenAI's own Python package makes of the OpenAI dialect."""

import sys

import openai

base, key, wrong, picture = sys.argv[1:]
client = openai.OpenAI(base_url=f"{base}/v1", api_key=key)
messages = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Who are you?"},
]

# Models
assert [model.id for model in client.models.list()] == ["echo/echo", "up/m"]
assert client.models.retrieve("up/m").owned_by == "up"

# Whole: the provider says 429 first, then answers
whole = client.chat.completions.create(
    model="up/m", messages=messages, temperature=0.5, max_tokens=7, stop=["END"], seed=42
)
assert whole.choices[0].message.content == "I am a model of few words.", whole
assert whole.choices[0].message.role == "assistant"
assert whole.choices[0].finish_reason == "stop"
assert whole.model == "up/m" and whole.object == "chat.completion"
assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens > 0

# Streamed
stream = client.chat.completions.create(
    model="up", messages=messages, stream=True, stream_options={"include_usage": True}
)
chunks = list(stream)
assert chunks[0].choices[0].delta.role == "assistant"
text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks[:-1])
assert text == "I am a model of few words.", text
assert chunks[-2].choices[0].finish_reason == "stop"
assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens > 0
assert len({chunk.id for chunk in chunks}) == 1

# A stream that is left
with client.chat.completions.create(model="up", messages=messages, stream=True) as stream:
    for chunk in stream:
        if chunk.choices[0].delta.content:
            break

# Kept in a thread
raw = client.chat.completions.with_raw_response.create(
    model="up", messages=messages, extra_headers={"X-Thread": "new"}
)
thread = raw.headers["x-thread"]
assert raw.parse().choices[0].message.content == "I am a model of few words."
again = client.chat.completions.create(
    model="up",
    messages=[{"role": "user", "content": "And now?"}],
    extra_headers={"X-Thread": thread},
)
assert again.choices[0].message.content == "I am a model of few words."


def looking(url):
    image = {"type": "image_url", "image_url": {"url": url, "detail": "high"}}
    return [{"role": "user", "content": [{"type": "text", "text": "What is this?"}, image]}]


# An image, which comes along with the question
shown = client.chat.completions.create(model="up", messages=looking(picture))
assert shown.choices[0].message.content == "I am a model of few words.", shown


def refused(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"{kind} was not raised")


def ask(client=client, **named):
    return client.chat.completions.create(**{"model": "up", "messages": messages, **named})


# Errors, as typed as OpenAI's own. The provider answers 400 now.
error = refused(openai.InternalServerError, ask)
assert error.status_code == 502 and error.code == "provider_error", error
error = refused(openai.NotFoundError, lambda: ask(model="gpt-x"))
assert error.code == "model_not_found", error
error = refused(openai.BadRequestError, lambda: ask(tools=[{"type": "function", "function": {"name": "f"}}]))
assert error.param == "tools" and error.code == "unsupported_parameter", error
error = refused(openai.BadRequestError, lambda: ask(messages=looking("https://example.org/cat.png")))
assert error.param == "messages[0].content[1].image_url.url" and error.code == "invalid_image_url", error
stranger = openai.OpenAI(base_url=f"{base}/v1", api_key=wrong)
error = refused(openai.AuthenticationError, lambda: ask(client=stranger))
assert error.code == "invalid_api_key", error
# After the first word: raised out of the stream.
error = refused(openai.APIError, lambda: list(ask(stream=True)))
assert "broke off" in error.message, error


def embed(**named):
    return client.embeddings.create(**{"model": "up/m", "input": ["one", "two"], **named})


# Texts as vectors: in base64, which the package asks for by itself and reads, then as numbers
for vectors in (embed(), embed(encoding_format="float", dimensions=3)):
    assert [vector.embedding for vector in vectors.data] == [[0.0, 0.25, 3.0], [1.0, 0.5, -1.5]], vectors
    assert [vector.index for vector in vectors.data] == [0, 1]
    assert vectors.model == "up/m" and vectors.usage.total_tokens == 5
error = refused(openai.BadRequestError, lambda: embed(model="echo"))
assert error.code == "unsupported_model" and error.param == "model", error
error = refused(openai.BadRequestError, lambda: embed(input=["one", ""]))
assert error.param == "input[1]", error
error = refused(openai.InternalServerError, embed)
assert error.status_code == 502 and error.code == "provider_error", error
print("ok")
