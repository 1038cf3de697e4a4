"""LangSmith's tracer, on an endpoint of this machine."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from langsmith import Client, tracing_context

from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Sandbox

Bodies = list[bytes]
PLAIN_JSON = {
    "use_multipart_endpoint": False,
    "scale_up_qsize_trigger": 1000,
    "scale_up_nthreads_limit": 1,
    "scale_down_nempty_trigger": 4,
    "size_limit": 100,
    "size_limit_bytes": 10_000_000,
}


@pytest.fixture
def endpoint() -> Iterator[tuple[str, Bodies]]:
    """An address that takes runs, and the bodies that it got."""
    bodies: Bodies = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(202)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_PATCH = do_POST  # noqa: N815 - the name that the standard library calls

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", bodies
        server.shutdown()


@pytest.mark.parametrize("streamed", [False, True])
def test_a_run_is_traced(
    sandbox: Sandbox, chat: ChatPollinations, endpoint: tuple[str, Bodies], *, streamed: bool
) -> None:
    """A run arrives with its model, options, text, token counts and stop words, without the key."""
    address, bodies = endpoint
    tracer = Client(address, api_key="made up", info={"batch_ingest_config": PLAIN_JSON})
    sandbox.reply("Bees hum.")
    model = ChatPollinations.model_validate({**dict(chat), "temperature": 0.5, "stop": ["END"]})
    with tracing_context(enabled=True, client=tracer, project_name="bees"):
        if streamed:
            list(model.stream("What do bees do?"))
        else:
            model.invoke("What do bees do?")
    tracer.flush()

    runs: dict[str, Any] = {}
    for body in map(json.loads, bodies):
        for run in (*body.get("post", ()), *body.get("patch", ())):
            runs |= {name: value for name, value in run.items() if value is not None}
    message = runs["outputs"]["generations"][0][0]["message"]["kwargs"]
    metadata = runs["extra"]["metadata"]
    assert (runs["name"], runs["run_type"], runs["session_name"]) == (
        "ChatPollinations",
        "llm",
        "bees",
    )
    assert message["content"] == "Bees hum."
    assert message["usage_metadata"]["output_tokens"] > 0
    assert metadata["ls_provider"] == "pollinations"
    assert (metadata["ls_model_name"], metadata["ls_temperature"]) == ("openai", 0.5)
    assert runs["extra"]["invocation_params"]["stop"] == ["END"]
    assert sandbox.api_key.encode() not in b"".join(bodies)
