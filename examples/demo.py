"""Ask this project's README, in both frameworks: `make demo`.

With `POLLINATIONS_API_KEY` set it talks to gen.pollinations.ai; without, to a sandbox.
"""

import asyncio
from pathlib import Path

import bm25s
from langchain.agents import create_agent
from langchain_core.documents import Document
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from llama_index.core import Document as LlamaDocument
from llama_index.core import get_response_synthesizer
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.node_parser import MarkdownNodeParser
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.retrievers.bm25 import BM25Retriever

from langchain_pollinations import ChatPollinations
from llama_index_pollinations import Pollinations
from pollinations_sandbox import start_unless_key

README = Path(__file__).parent.parent / "README.md"
QUESTION = "What happens to an identical request, and what does seed='random' do?"


def retriever() -> RunnableLambda[str, str]:
    """Find the README's sections that share the question's words."""
    sections = [Document(part.strip()) for part in README.read_text("utf-8").split("\n## ")]
    index = bm25s.BM25()
    index.index(
        bm25s.tokenize([s.page_content for s in sections], show_progress=False),
        show_progress=False,
    )

    def find(question: str) -> str:
        tokens = bm25s.tokenize([question], show_progress=False)
        found, _ = index.retrieve(tokens, corpus=sections, k=2, show_progress=False)
        return "\n\n".join(section.page_content for section in found[0])

    return RunnableLambda(find)


def ask_with_langchain() -> None:
    """Retrieve, then stream the reasoning and the answer apart."""
    prompt = ChatPromptTemplate.from_messages(
        [
            ("system", "Answer from the context only.\n\nContext:\n{context}"),
            ("human", "{question}"),
        ]
    )
    chain = (
        {"context": retriever(), "question": RunnablePassthrough()}
        | prompt
        | ChatPollinations(model="deepseek")
    )
    thinking = False
    usage = None
    for chunk in chain.stream(QUESTION):
        for block in chunk.content_blocks:
            if block["type"] == "reasoning" and block.get("reasoning"):
                print("" if thinking else "(thinks) ", block["reasoning"], sep="", end="")
                thinking = True
            elif block["type"] == "text" and block["text"]:
                print("\n" if thinking else "", block["text"], sep="", end="", flush=True)
                thinking = False
        usage = chunk.usage_metadata or usage
    print(f"\n{usage}")


def temperature(city: str) -> str:
    """Tell the temperature of a city in degrees Celsius."""
    return f"It is {12 + len(city)} degrees in {city}."


def add(a: float, b: float) -> float:
    """Add two numbers."""
    return a + b


def agent_with_langchain() -> None:
    """Let an agent call two tools."""
    agent = create_agent(ChatPollinations(model="openai"), tools=[temperature, add])
    asked = "What is the temperature in Lisbon? Also add 19.5 and 22.5."
    for step in agent.stream({"messages": [("human", asked)]}, stream_mode="updates"):
        for update in step.values():
            for message in update["messages"]:
                message.pretty_print()


def ask_with_llama_index() -> None:
    """Stream the answer of a query engine."""
    nodes = MarkdownNodeParser().get_nodes_from_documents(
        [LlamaDocument(text=README.read_text("utf-8"))]
    )
    engine = RetrieverQueryEngine(
        retriever=BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=2),
        response_synthesizer=get_response_synthesizer(
            llm=Pollinations(model="openai"), response_mode="compact", streaming=True
        ),
    )
    engine.query(QUESTION).print_response_stream()
    print()


async def agent_with_llama_index() -> None:
    """Let a FunctionAgent call a tool."""
    agent = FunctionAgent(tools=[add], llm=Pollinations(model="gemini"))
    print(await agent.run("Use the tool to add 40 and 2."))


def main() -> None:
    """Run the four chapters."""
    if start_unless_key():
        print("The gateway: a sandbox on this machine (set POLLINATIONS_API_KEY to go live)\n")
    else:
        print("The gateway: gen.pollinations.ai, with your key\n")
    print(f"== LangChain, retrieval and reasoning: {QUESTION}")
    ask_with_langchain()
    print("\n== LangChain, an agent with two tools")
    agent_with_langchain()
    print(f"\n== LlamaIndex, a streamed query engine: {QUESTION}")
    ask_with_llama_index()
    print("\n== LlamaIndex, a FunctionAgent")
    asyncio.run(agent_with_llama_index())


if __name__ == "__main__":
    main()
