"""A user's program that makes each public object; for type checkers; it is never run."""

from pathlib import Path

from langchain_core.rate_limiters import InMemoryRateLimiter
from pydantic import SecretStr

import langchain_pollinations as lc
import llama_index_pollinations as li
from langchain_pollinations.gateway import Catalog, CircuitBreaker, Client, Requirements, SizeLimits

key = "sk_..."
secret = SecretStr(key)
vision = Requirements(vision=True, min_context=100_000)
catalog = Catalog(Client(api_key=key))
breaker = CircuitBreaker()
sizes = SizeLimits(event=1_000_000)

chats = [
    lc.ChatPollinations(model="openai", api_key=key, base_url="http://127.0.0.1:8000"),
    lc.ChatPollinations(model="openai", api_key=secret, temperature=0.2, timeout=30),
    lc.ChatPollinations(model="auto", require={"tools": True}, catalog=True, seed="random"),
    lc.ChatPollinations(model="auto", require=vision, catalog=catalog, circuit_breaker=breaker),
    lc.ChatPollinations(rate_limiter=InMemoryRateLimiter(), timeout=(5, 60), size_limits=sizes),
    lc.ChatPollinations(rate_limiter=lc.RateLimiter(requests_per_second=3), stop=["END"]),
    lc.ChatPollinations(budget=lc.PollenBudget(0.5, catalog=catalog), escalate_when=4000),
]
embeddings = lc.PollinationsEmbeddings(model="gemini-embedding", api_key=key, dimensions=768)
tools = [
    lc.PollinationsImageTool(directory="images", width=640, api_key=key),
    lc.PollinationsVideoTool(directory=Path("videos"), duration=4, on_progress=print),
    lc.PollinationsSpeechTool(voice="nova", rate_limiter=lc.RateLimiter.edge()),
    lc.PollinationsTranscriptionTool(directory="sounds", language="en"),
]

llms = [
    li.Pollinations(model="openai", api_key=key, base_url="http://127.0.0.1:8000"),
    li.Pollinations(model="openai", api_key=secret, temperature=0.2, timeout=(5, 60)),
    li.Pollinations(model="auto", require={"tools": True}, catalog=True, seed="random"),
    li.Pollinations(model="auto", require=vision, catalog=catalog, circuit_breaker=breaker),
    li.Pollinations(rate_limiter=li.RateLimiter(requests_per_second=3), size_limits=sizes),
    li.Pollinations(budget=li.PollenBudget(0.5, catalog=catalog), structured_output_mode="tool"),
]
embedding = li.PollinationsEmbedding(model_name="gemini-embedding", api_key=key)
spec = li.PollinationsToolSpec(directory="media", image_model="flux", api_key=key)
images = [spec.generate_image("a bee", 640, 480, seed=7), spec.speak("Hello!", voice="nova")]


async def image() -> str:
    """Make an image without blocking the event loop."""
    blocks = await spec.agenerate_image("a bee", width=640)
    return blocks[0].block_type + (await spec.atranscribe("bee.mp3")).upper()
