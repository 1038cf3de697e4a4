"""LlamaIndex's agents that write their calls as text get their formats."""

from chats import chat
from tables import cases

from pollinations_sandbox.replier.builtin_answer import write


@cases(__file__, "agents_call_and_answer_in_their_format")
def test_agents_call_and_answer_in_their_format(
    system: str, conversation: tuple[str, ...], text: str
) -> None:
    """A call first, and the answer once there is an observation."""
    assert write(chat(*conversation, system=system), model="openai").text == text
