"""What is measured, with which packages, and the limits: data, and nothing that runs."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Entrant:
    """Who takes part.

    Attributes:
        name: As the table calls it.
        contender: Its class, as `module.Class`, in this folder.
        options: What the class wants to know.
        environment: The folder of another virtual environment that it lives in.
    """

    name: str
    contender: str
    options: dict[str, object] = field(default_factory=dict)
    environment: str | None = None


@dataclass(frozen=True)
class Target:
    """A limit that this package keeps.

    Attributes:
        who: One of us.
        at_most: The largest good value: of the figure itself, or of what `kind` makes of it.
        beside: Whom to compare with in the same round; of several, their sum.
        kind: Whether `at_most` limits the multiple of `beside`, or what comes on top of it.
    """

    who: str
    at_most: float
    beside: tuple[str, ...] = ()
    kind: Literal["times", "above"] = "times"


@dataclass(frozen=True)
class Case:
    """One thing to measure.

    Attributes:
        name: As the table calls it.
        job: The method of `Contender` that does it.
        model: The server's answer.
        unit: What one figure is, after `per` and `scale`.
        clock: Whether time on the processor or on the wall counts, for a job that does not
            measure itself.
        repeat: How often a job is done for one figure.
        scale: What a second, or the job's own figure, is multiplied by.
        floor: Who is the 1.0 of the table's ratios.
        targets: The limits.
    """

    name: str
    job: str
    model: str
    unit: str
    clock: Literal["cpu", "wall"] = "cpu"
    repeat: int = 1
    scale: float = 1e6
    floor: str = "bare httpx"
    targets: tuple[Target, ...] = ()


LC = "this package, LangChain"
LI = "this package, LlamaIndex"
OTHER = "langchain-pollinations"

ENTRANTS = (
    Entrant("bare httpx", "floors.Httpx"),
    Entrant("bare aiohttp", "floors.Aiohttp"),
    Entrant("langchain-core, prebuilt", "with_langchain.Alone", {"prebuilt": True}),
    Entrant("langchain-core", "with_langchain.Alone", {"prebuilt": False}),
    Entrant(LC, "with_langchain.ChatModel", {"path": "langchain_pollinations.ChatPollinations"}),
    Entrant(
        OTHER,
        "with_langchain.ChatModel",
        {"path": "langchain_pollinations.ChatPollinations", "base": ""},
        environment=".venv-incumbent",
    ),
    Entrant("ChatOpenAI", "with_langchain.ChatModel", {"path": "langchain_openai.ChatOpenAI"}),
    Entrant("llama-index-core", "with_llama_index.Alone"),
    Entrant(LI, "with_llama_index.Model", {"path": "llama_index_pollinations.Pollinations"}),
    Entrant(
        "OpenAILike",
        "with_llama_index.Model",
        {
            "path": "llama_index.llms.openai_like.OpenAILike",
            "address": "api_base",
            "options": {"is_chat_model": True, "is_function_calling_model": True},
        },
    ),
)


def streaming(bare: float) -> tuple[Target, ...]:
    """Limits of the CPU time of a stream."""
    return (
        Target(LC, bare, ("bare httpx",)),
        Target(LC, 1 / 8, ("ChatOpenAI",)),
        Target(LC, 1 / 2.5, (OTHER,)),
        Target(LI, 1 / 6, ("OpenAILike",)),
    )


def calling(bare: float) -> tuple[Target, ...]:
    """Limits of the time of one whole answer."""
    return (Target(LC, bare, ("bare httpx",)), Target(LI, bare, ("bare httpx",)))


def beginning(microseconds: float) -> tuple[Target, ...]:
    """Limits of the time until the first token."""
    return tuple(Target(who, microseconds, ("bare httpx",), "above") for who in (LC, LI))


CASES = (
    Case(
        "stream, 5,000 words",
        "stream",
        "text-5000",
        "us/event",
        scale=1e6 / 5000,
        targets=streaming(1.2),
    ),
    Case(
        "astream, 5,000 words",
        "astream",
        "text-5000",
        "us/event",
        scale=1e6 / 5000,
        targets=streaming(1.2),
    ),
    Case(
        "stream, 1,000 thoughts",
        "stream",
        "reasoning-1000",
        "us/event",
        scale=1e6 / 1000,
        targets=streaming(1.2),
    ),
    Case(
        "stream, a tool call in 500 pieces",
        "stream",
        "tools-500",
        "us/event",
        scale=1e6 / 500,
        targets=streaming(1.5),
    ),
    Case(
        "stream, a tool call in 5,000 pieces",
        "stream",
        "tools-5000",
        "us/event",
        scale=1e6 / 5000,
        targets=streaming(1.5),
    ),
    Case(
        "an agent reads a tool call in 2,000 pieces",
        "arguments",
        "tools-2000",
        "us/event",
        scale=1e6 / 2000,
        floor="OpenAILike",
        targets=(Target(LI, 1 / 20, ("OpenAILike",)),),
    ),
    Case(
        "invoke, 300 characters", "call", "json-300", "us", "wall", repeat=60, targets=calling(1.25)
    ),
    Case(
        "ainvoke, 300 characters",
        "acall",
        "json-300",
        "us",
        "wall",
        repeat=60,
        targets=calling(1.25),
    ),
    Case("invoke, 200 kB", "call", "json-200000", "us", "wall", repeat=30, targets=calling(1.25)),
    Case(
        "invoke, about a picture of 2 MB",
        "look",
        "json-300",
        "ms",
        repeat=10,
        scale=1e3,
        targets=(
            Target(LC, 1.0, ("bare httpx",)),
            # LlamaIndex decodes each picture when a message and when an event is made.
            Target(LI, 1.0, ("bare httpx", "llama-index-core")),
        ),
    ),
    Case("first token, stream", "first", "paced-5-1", "us", repeat=40, targets=beginning(300)),
    Case("first token, astream", "afirst", "paced-5-1", "us", repeat=40, targets=beginning(300)),
    Case(
        "500 calls at once, 50 ms each",
        "burst",
        "json-300-50",
        "ms",
        "wall",
        scale=1e3,
        targets=(
            *calling(0.5),
            Target(LC, 1.3, ("bare aiohttp", "langchain-core")),
            Target(LI, 1.3, ("bare aiohttp", "llama-index-core")),
        ),
    ),
    Case(
        "constructor",
        "construct",
        "text-1",
        "us",
        repeat=20,
        floor="ChatOpenAI",
        targets=(Target(LC, 100), Target(LI, 100)),
    ),
    Case(
        "bind_tools",
        "bind",
        "text-1",
        "us",
        repeat=20,
        floor="ChatOpenAI",
        targets=(Target(LC, 200),),
    ),
    Case(
        "import, CPU on top of the framework's own",
        "load",
        "",
        "ms",
        scale=1e3,
        floor="bare httpx",
        targets=(Target(LC, 60), Target(LI, 60)),
    ),
    Case(
        "new connections for 100 streams",
        "reuse",
        "text-3",
        "connections",
        scale=1,
        targets=(Target(LC, 1), Target(LI, 1)),
    ),
    Case(
        "a word among 20,000 beside one among 1,000",
        "growth",
        "text",
        "x",
        scale=1,
        targets=(Target(LC, 1.1), Target(LI, 1.1)),
    ),
)
