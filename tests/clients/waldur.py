"""Everything of the threads dialect that waldur-api-client can call, as its users would."""

import datetime
import inspect
import json
import sys
from uuid import UUID

from waldur_api_client import AuthenticatedClient, errors
from waldur_api_client.api.chat_messages import chat_messages_list
from waldur_api_client.api.chat_sessions import (
    chat_sessions_current_retrieve,
    chat_sessions_list,
    chat_sessions_retrieve,
)
from waldur_api_client.api.chat_threads import (
    chat_threads_archive,
    chat_threads_list,
    chat_threads_retrieve,
    chat_threads_unarchive,
)
from waldur_api_client.models.injection_severity_enum import InjectionSeverityEnum
from waldur_api_client.models.thread_session_field_enum import ThreadSessionFieldEnum
from waldur_api_client.models.thread_session_o_enum import ThreadSessionOEnum
from waldur_api_client.models.thread_session_request import ThreadSessionRequest

base, alice_key, bob_key, staff_key, alice_id = sys.argv[1:]
alice, bob, staff = (
    AuthenticatedClient(base_url=base, token=key) for key in (alice_key, bob_key, staff_key)
)
threads = chat_threads_list.sync
has = inspect.signature(threads).parameters


def refused(status, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except errors.UnexpectedStatus as error:
        assert error.status_code == status, error
        return error
    raise AssertionError(f"{call} was not refused")


def say(client, body):
    """The frames of a turn, through the client's own HTTP client."""
    with client.get_httpx_client().stream("POST", "/api/chat/stream/", json=body) as response:
        assert response.status_code == 200
        assert response.headers["content-type"] == "application/x-ndjson"
        frames = [json.loads(line) for line in response.iter_lines() if line]
    assert list(frames[0]) == ["m"] and list(frames[-1]) == ["m"]
    return frames


def messages(client, **filters):
    """Typed messages cannot be read by every release; their JSON can."""
    response = client.get_httpx_client().get("/api/chat-messages/", params=filters)
    assert response.status_code == 200
    return response.json()


# Sessions
session = chat_sessions_current_retrieve.sync(client=alice)
assert session.user == UUID(alice_id) and session.user_username == "alice"
assert chat_sessions_current_retrieve.sync(client=alice) == session
assert chat_sessions_list.sync(client=alice) == [session]
assert chat_sessions_retrieve.sync(client=alice, uuid=session.uuid) == session
assert chat_sessions_list.sync(client=bob) == []
refused(404, chat_sessions_retrieve.sync, client=bob, uuid=session.uuid)
assert session in chat_sessions_list.sync(client=staff)

# A conversation: send, reload, edit
frames = say(alice, {"input": "hello"})
thread_id = frames[0]["m"]["thread_uuid"]
first = frames[-1]["m"]
content = frames[1:-1]
assert all(frame["k"] == "markdown" for frame in content)
assert "".join(frame["c"] for frame in content).endswith("You said: hello")
reloaded = say(alice, {"input": "hello", "thread_uuid": thread_id, "mode": "reload"})
assert reloaded[0] == {"m": {"thread_uuid": thread_id}}
edited = say(
    alice,
    {
        "input": "bye",
        "thread_uuid": thread_id,
        "mode": "edit",
        "edit_message_uuid": first["user_message_uuid"],
    },
)
now = messages(alice, thread=thread_id)
assert [message["content"].split()[-1] for message in now] == ["bye", "bye"]
assert now[0]["replaces"] == first["user_message_uuid"]
assert now[1]["replaces"] == reloaded[-1]["m"]["assistant_message_uuid"]
assert len(messages(alice, thread=thread_id, include_history=True)) == 5
assert messages(bob, thread=thread_id) == []
assert len(messages(staff, thread=thread_id)) == 2
response = chat_messages_list._get_kwargs(thread=UUID(thread_id), include_history=True)
raw = alice.get_httpx_client().request(**response)
assert raw.status_code == 200 and len(raw.json()) == 5

# Threads
thread = chat_threads_retrieve.sync(client=alice, uuid=UUID(thread_id))
assert thread.name == "New chat" and thread.chat_session == session.uuid
assert thread.message_count == 5 and thread.is_flagged is False
assert thread.max_severity == InjectionSeverityEnum.NONE
refused(404, chat_threads_retrieve.sync, client=bob, uuid=UUID(thread_id))


def act(endpoint, client):
    """The older release sends a body, which nobody reads."""
    takes_body = "body" in inspect.signature(endpoint.sync_detailed).parameters
    body = {"body": ThreadSessionRequest(name="x")} if takes_body else {}
    return endpoint.sync_detailed(client=client, uuid=UUID(thread_id), **body)


act(chat_threads_archive, alice)
assert [row.uuid for row in threads(client=alice, is_archived=True)] == [thread.uuid]
assert threads(client=alice, is_archived=False) == []
act(chat_threads_unarchive, alice)
assert threads(client=alice, is_archived=True) == []
refused(404, act, chat_threads_archive, bob)

for _ in range(249):
    say(alice, {"input": "one of many, & more"})
everything = chat_threads_list.sync_all(client=alice)
assert len({row.uuid for row in everything}) == 250
assert everything[-1].uuid == thread.uuid
query = "new, &"
assert chat_threads_list.sync_all(client=alice, query=query) == []
assert len(chat_threads_list.sync_all(client=staff, query="ALIC", user=UUID(alice_id))) == 250
oldest = threads(client=alice, o=[ThreadSessionOEnum("-modified"), ThreadSessionOEnum.CREATED], page_size=1)
assert [row.uuid for row in oldest] == [thread.uuid]
assert len(threads(client=alice, is_flagged=False, page_size=7)) == 7
assert threads(client=alice, is_flagged=True) == []
assert threads(client=alice, max_severity=InjectionSeverityEnum.HIGH) == []
assert len(threads(client=alice, max_severity=InjectionSeverityEnum.NONE, page=2)) == 10
assert threads(client=bob, user=UUID(alice_id)) == []
only = threads(client=alice, field=[ThreadSessionFieldEnum.UUID], page_size=1)[0]
assert only.to_dict().keys() == {"uuid"}
refused(404, threads, client=alice, page=10**18)
refused(404, threads, client=alice, page=-1)
today = thread.created.astimezone(datetime.timezone.utc).date()
if "created" in has:
    assert len(threads(client=alice, created=today, page_size=300)) >= 1
    assert threads(client=alice, modified=datetime.date(2001, 1, 1)) == []
else:
    assert len(threads(client=alice, created_after=today, created_before=today)) >= 1
    assert threads(client=alice, modified_before=datetime.date(2001, 1, 1)) == []
    assert len(threads(client=alice, modified_after=today, page_size=300)) == 250
    assert threads(client=alice, modified_after=today + datetime.timedelta(days=400)) == []

# A frame is one line, whatever is said in it
torn = "one\x85two\u2028three\u2029four"
frames = say(alice, {"input": torn})
assert "".join(frame["c"] for frame in frames[1:-1]).endswith(f"You said: {torn}")

# A wrong key
refused(401, threads, client=AuthenticatedClient(base_url=base, token="wrong"))
print("ok")
