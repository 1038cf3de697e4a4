"""LlamaIndex's agents that write their calls as text get their formats."""

import pytest
from chats import chat

from pollinations_sandbox.replier import write

REACT = """You have access to the following tools:
> Tool Name: add
Tool Description: add(a: int, b: int) -> int
Add two numbers.
Tool Args: {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}, "required": ["a", "b"]}

> Tool Name: search
Tool Description: Find passages.
Tool Args: {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}

Thought: I need to use a tool.
Action: tool name (one of add, search)
Action Input: the input
"""  # noqa: E501 - as long as the framework's own line
CODE = '''Python code wrapped in <execute>...</execute> tags.
def calculate_area(radius):
    return radius

you can use the following functions:
def add(a: int, b: int) -> int:
  """
Add two numbers.
  """

  ...

def get_weather(city: str, unit: str = "C") -> str:
  ...
'''
THOUGHT = "Thought: [sandbox] placeholder reasoning\n"
ACTION = f'{THOUGHT}Action: add\nAction Input: {{"a": 2, "b": 3}}'


@pytest.mark.parametrize(
    ("system", "conversation", "text"),
    [
        (REACT, ("Add 2 and 3",), ACTION),
        (REACT, ("Add 2 and 3", ACTION, "Observation: 5"), f"{THOUGHT}Answer: add returned: 5"),
        (REACT, ("Hi", f"{THOUGHT}Answer: Hi", "Add 2 and 3"), ACTION),
        (
            REACT,
            ("Hello",),
            f"{THOUGHT}Answer: Hello! This is the Pollinations sandbox: no model is connected.",
        ),
        (REACT, ("Who won?",), f'{THOUGHT}Action: search\nAction Input: {{"query": "Who won?"}}'),
        (CODE, ("Add 2 and 3",), "<execute>\nprint(add(a=2, b=3))\n</execute>"),
        (CODE, ("The weather in Rome?",), "<execute>\nprint(get_weather(city='Rome'))\n</execute>"),
        (
            CODE,
            ("Add 2 and 3", "<execute>", "Result of executing the code given:\n\n5"),
            "execute returned: 5",
        ),
        (CODE, ("Why?",), "[sandbox] No model is connected. You asked: Why?"),
    ],
)
def test_agents_call_and_answer_in_their_format(
    system: str, conversation: tuple[str, ...], text: str
) -> None:
    """A call first, and the answer once there is an observation."""
    assert write(chat(*conversation, system=system), model="openai").text == text
