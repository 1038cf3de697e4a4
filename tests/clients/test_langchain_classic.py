"""The chains and agents of LangChain before 1.0."""

from langchain_classic.agents import AgentExecutor, create_react_agent, create_tool_calling_agent
from langchain_core.prompts import ChatPromptTemplate, PromptTemplate
from langchain_core.tools import tool

from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Reply, Sandbox

REACT = "Tools: {tools} ({tool_names})\nQuestion: {input}\nThought: {agent_scratchpad}"


@tool
def shout(text: str) -> str:
    """Say it in capitals."""
    return text.upper()


def test_an_agent_executor_calls_a_tool(sandbox: Sandbox, chat: ChatPollinations) -> None:
    """AgentExecutor streams a tool call out of the model, runs it, and gives the answer."""
    prompt = ChatPromptTemplate.from_messages(
        [("user", "{input}"), ("placeholder", "{agent_scratchpad}")]
    )
    sandbox.reply([Reply(tool_calls=[("shout", {"text": "bees"})]), "BEES it is."])
    agent = create_tool_calling_agent(chat, [shout], prompt)
    executor = AgentExecutor(agent=agent, tools=[shout], return_intermediate_steps=True)
    done = executor.invoke({"input": "Shout bees."})

    assert [seen for _, seen in done["intermediate_steps"]] == ["BEES"]
    assert done["output"] == "BEES it is."


async def test_a_react_agent_is_read_from_text(sandbox: Sandbox, chat: ChatPollinations) -> None:
    """A ReAct agent finds its action in the model's words, cut at its stop word."""
    sandbox.reply(["I shout.\nAction: shout\nAction Input: bees", "Final Answer: BEES"])
    agent = create_react_agent(chat, [shout], PromptTemplate.from_template(REACT))
    executor = AgentExecutor(agent=agent, tools=[shout], return_intermediate_steps=True)
    done = await executor.ainvoke({"input": "Shout bees."})

    assert [seen for _, seen in done["intermediate_steps"]] == ["BEES"]
    assert done["output"] == "BEES"
    assert sandbox.last.body["stop"] == ["\nObservation"]
