"""Langmem: memories of a conversation."""

from typing import Any

from langchain.agents import create_agent
from langgraph.store.memory import InMemoryStore
from langmem import create_manage_memory_tool, create_memory_manager, create_search_memory_tool
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


async def test_an_agent_keeps_and_finds_memories(sandbox: Sandbox, chat: ChatPollinations) -> None:
    """An agent writes into a store with the memory tools, and finds it again."""
    note = {"content": "Ann loves honey.", "action": "create"}
    sandbox.reply(
        [
            Reply(tool_calls=[("manage_memory", note)]),
            "Noted.",
            Reply(tool_calls=[("search_memory", {"query": "Ann"})]),
            "She loves honey.",
        ]
    )
    store = InMemoryStore()
    tools = [
        create_manage_memory_tool(namespace=("notes",)),
        create_search_memory_tool(namespace=("notes",)),
    ]
    agent = create_agent(chat, tools, store=store)
    asked: Any = {"messages": [("user", "Remember: Ann loves honey.")]}
    await agent.ainvoke(asked)
    found = await agent.ainvoke({"messages": [("user", "What does Ann love?")]})

    assert [item.value["content"] for item in store.search(("notes",))] == ["Ann loves honey."]
    assert "Ann loves honey." in found["messages"][-2].text
