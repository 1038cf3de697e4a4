"""LlamaIndex's agents that write their calls as text get their formats."""

from chats import chat
from tables import cases

from pollinations_sandbox.replier.builtin_answer import write

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


@cases(__file__, "agents_call_and_answer_in_their_format")
def test_agents_call_and_answer_in_their_format(
    system: str, conversation: tuple[str, ...], text: str
) -> None:
    """A call first, and the answer once there is an observation."""
    assert write(chat(*conversation, system=system), model="openai").text == text
