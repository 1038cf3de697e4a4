"""LlamaIndex's workflows."""

import json

from pydantic import BaseModel
from workflows import Context, Workflow, step
from workflows.events import (
    Event,
    HumanResponseEvent,
    InputRequiredEvent,
    StartEvent,
    StopEvent,
)

from llama_index_pollinations import Pollinations
from pollinations_sandbox import Sandbox


class Poem(BaseModel):
    """A poem."""

    title: str
    lines: list[str]


class Written(Event):
    """A poem was written."""

    poem: Poem


class Poet(Workflow):
    """Writes a poem, and asks a person for the title."""

    def __init__(self, llm: Pollinations) -> None:
        super().__init__(timeout=20)
        self.llm = llm

    @step
    async def write(self, event: StartEvent) -> Written:
        """Write a poem."""
        poet = self.llm.as_structured_llm(Poem)
        return Written(poem=(await poet.acomplete(f"A poem on {event.topic}")).raw)

    @step
    async def ask(self, ctx: Context, event: Written) -> InputRequiredEvent:
        """Ask for the title."""
        await ctx.store.set("poem", event.poem)
        return InputRequiredEvent(prefix="Title?")

    @step
    async def end(self, ctx: Context, event: HumanResponseEvent) -> StopEvent:
        """Criticize it, piece by piece."""
        poem: Poem = await ctx.store.get("poem")
        pieces = await self.llm.astream_complete(f"Criticize {event.response}: {poem.lines}")
        text = "".join([piece.delta or "" async for piece in pieces])
        return StopEvent(result=[event.response, poem.lines, text])


async def test_a_workflow_waits_for_a_person(sandbox: Sandbox, llm: Pollinations) -> None:
    """Structured output, a person's reply and a streamed text; resumed from JSON."""
    sandbox.reply(json={"title": "Untitled", "lines": ["Bees hum."]})
    sandbox.reply("It is short.")
    poet = Poet(llm)
    running = poet.run(topic="bees")
    async for event in running.stream_events():
        if isinstance(event, InputRequiredEvent):
            break
    kept = json.dumps(running.ctx.to_dict())
    await running.cancel_run()
    resumed = poet.run(ctx=Context.from_dict(poet, json.loads(kept)))
    resumed.ctx.send_event(HumanResponseEvent(response="Hum"))

    assert await resumed == ["Hum", ["Bees hum."], "It is short."]
