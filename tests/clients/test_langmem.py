"""Langmem: memories of a conversation."""

from langmem import create_memory_manager
from pydantic import BaseModel

from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Reply, Sandbox


class Taste(BaseModel):  # without a docstring, so that its tool has no description
    who: str
    likes: str


def test_memories_are_extracted(sandbox: Sandbox, chat: ChatPollinations) -> None:
    """The memory manager makes memories of the user's own class out of a conversation."""
    sandbox.reply([Reply(tool_calls=[("Taste", {"who": "Ann", "likes": "honey"})])])
    manager = create_memory_manager(chat, schemas=[Taste])
    kept = manager.invoke({"messages": [{"role": "user", "content": "I am Ann. I love honey."}]})

    assert [memory.content for memory in kept] == [Taste(who="Ann", likes="honey")]
