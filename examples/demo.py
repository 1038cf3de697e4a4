"""Show what the package does, in both frameworks: `make demo`.

With `POLLINATIONS_API_KEY` set it talks to gen.pollinations.ai; without, to a sandbox, and then
every text that the sandbox made is labelled.
"""

import asyncio
import base64
import os
import sys
from pathlib import Path

from langchain.agents import create_agent
from langchain_core.messages import AIMessage, AIMessageChunk, ToolMessage
from llama_index.core import Document, VectorStoreIndex
from llama_index.core.agent.workflow import AgentStream, FunctionAgent, ToolCallResult
from llama_index.core.node_parser import MarkdownNodeParser

from langchain_pollinations import ChatPollinations, PollinationsImageTool
from llama_index_pollinations import Pollinations, PollinationsEmbedding
from pollinations_sandbox import start_unless_key

README = Path(__file__).parent.parent / "README.md"
SANDBOX = start_unless_key() is not None
SPEAKER = "sandbox" if SANDBOX else "model"


def weather(city: str) -> str:
    """Return the weather of a city."""
    return f"{city}: 21 degrees, sunny"


def stream_with_langchain() -> None:
    """Stream the reasoning and the answer apart; the last chunk has the tokens and the cost."""
    print("== LangChain: reasoning, a streamed answer, its cost")
    model = ChatPollinations(model="deepseek", catalog=True)
    kind = ""
    answer = AIMessageChunk("")
    for chunk in model.stream("Is 91 a prime number?"):
        answer += chunk
        for block in chunk.content_blocks:
            if text := block.get(block["type"]):
                if block["type"] != kind:
                    kind = block["type"]
                    print(f"\n{SPEAKER}, {kind}: ", end="")
                print(text, end="", flush=True)
    usage = answer.usage_metadata or {}
    print(f"\n{usage.get('total_tokens')} tokens, {answer.response_metadata.get('cost')} pollen")


def draw_with_langchain() -> None:
    """Let an agent call two tools, one of which makes a picture."""
    print("\n== LangChain: an agent with a tool, and a picture")
    draw = PollinationsImageTool(width=640, height=176, directory="pictures")
    agent = create_agent(ChatPollinations(model="openai"), tools=[weather, draw])
    question = "What is the weather in Lisbon? Then make an image of a bee at sea."
    shown = 0  # each state holds all messages; tools that run side by side keep their order
    for state in agent.stream({"messages": [("human", question)]}, stream_mode="values"):
        for message in state["messages"][shown:]:
            if isinstance(message, AIMessage):
                for call in message.tool_calls:
                    print(f"{SPEAKER}, tool call: {call['name']}({call['args']})")
                if message.text:
                    print(f"{SPEAKER}: {message.text}")
            elif isinstance(message, ToolMessage):
                print(f"tool {message.name}: {message.text}")
        shown = len(state["messages"])
    show(max(Path("pictures").iterdir(), key=lambda path: path.stat().st_mtime))


def show(picture: Path) -> None:
    """Print the path of a picture, and the picture itself in a terminal that shows some."""
    print(f"The picture: {picture}")
    if sys.stdout.isatty() and os.environ.get("TERM_PROGRAM") in {"iTerm.app", "WezTerm"}:
        print(f"\033]1337;File=inline=1:{base64.b64encode(picture.read_bytes()).decode()}\a")


def query_with_llama_index() -> None:
    """Stream the answer of a query engine on this project's README."""
    question = "What does seed='random' do, and why?"
    print(f"\n== LlamaIndex: a query engine on README: {question}")
    nodes = MarkdownNodeParser().get_nodes_from_documents([Document(text=README.read_text())])
    index = VectorStoreIndex(nodes, embed_model=PollinationsEmbedding())
    engine = index.as_query_engine(llm=Pollinations(model="openai"), streaming=True)
    print(f"{SPEAKER}: ", end="")
    engine.query(question).print_response_stream()
    print()


async def agent_with_llama_index() -> None:
    """Let a FunctionAgent call a tool."""
    print("\n== LlamaIndex: an agent with a tool")
    agent = FunctionAgent(tools=[weather], llm=Pollinations(model="openai"))
    handler = agent.run("What is the weather in Rome?")
    begun = False
    async for event in handler.stream_events():
        if isinstance(event, ToolCallResult):
            print(f"tool {event.tool_name}({event.tool_kwargs}): {event.tool_output}")
        elif isinstance(event, AgentStream) and event.delta:
            print("" if begun else f"{SPEAKER}: ", event.delta, sep="", end="", flush=True)
            begun = True
    await handler
    print()


def main() -> None:
    """Run the four parts."""
    if SANDBOX:
        print(
            "No POLLINATIONS_API_KEY is set: a sandbox on this machine answers. It has no model,\n"
            "and labels what it makes up. The protocol is the gateway's.\n"
        )
    else:
        print("POLLINATIONS_API_KEY is set: the answers come from gen.pollinations.ai.\n")
    stream_with_langchain()
    draw_with_langchain()
    query_with_llama_index()
    asyncio.run(agent_with_llama_index())


if __name__ == "__main__":
    main()
