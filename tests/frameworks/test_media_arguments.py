"""What media tools send: a model's arguments, the user's options, and never a file outside."""

from pathlib import Path
from typing import Any

import pytest
from langchain_tests.integration_tests import ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests
from media_tools import KINDS, LINK, Tools, reach

import langchain_pollinations as lc
from pollinations_sandbox import Sandbox

WORDS = "Good morning, world."
TRANSCRIPT = "[sandbox] No model is connected. You sent 1.0 seconds of sound."
EXAMPLES: dict[str, dict[str, Any]] = {
    "image": {"prompt": "a cat", "width": 64, "height": 32},
    "video": {"prompt": "waves", "duration": 4},
    "speech": {"text": WORDS},
    "transcription": {"path": "words.wav"},
}


class Suite:
    """What LangChain's own suites need of each tool."""

    kind: str

    @property
    def tool_constructor(self) -> Any:
        return KINDS[self.kind]

    @property
    def tool_constructor_params(self) -> dict[str, Any]:
        return {}

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return EXAMPLES[self.kind]


class UnitSuite(Suite, ToolsUnitTests):
    """The unit suite, and the environment."""

    __test__ = False

    @property
    def init_from_env_params(self) -> Any:
        environment = {"POLLINATIONS_API_KEY": "sk_a", "POLLINATIONS_BASE_URL": "https://x.example"}
        expected = {"pollinations_api_key": "sk_a", "pollinations_api_base": "https://x.example"}
        return environment, {}, expected


class IntegrationSuite(Suite, ToolsIntegrationTests):
    """The integration suite, over real sockets."""

    __test__ = False

    @pytest.fixture
    def tool(self, sandbox: Sandbox, sounds: Path) -> Any:
        return KINDS[self.kind](**reach(sandbox), directory=sounds)


for _kind in KINDS:
    for _suite in (UnitSuite, IntegrationSuite):
        _name = f"Test{_kind.title()}{_suite.__name__}"
        globals()[_name] = type(_name, (_suite,), {"kind": _kind, "__test__": True})


def test_what_the_model_writes_goes_before_the_tools_options(
    tools: Tools, sandbox: Sandbox
) -> None:
    """Fields, further options, the model's arguments, and `extra_body` last."""
    arguments = {"prompt": "a cat", "width": 32, "image_urls": [LINK]}
    tools.use(
        "image",
        arguments,
        model="kontext",
        options={"width": 64, "height": 64, "seed": 7, "quality": "low"},
        model_kwargs={"nologo": True},
        extra_body={"tomorrow": "x"},
    )

    assert sandbox.last.query == {
        "model": "kontext",
        "width": "32",
        "height": "64",
        "seed": "7",
        "quality": "low",
        "nologo": "true",
        "image": LINK,
        "tomorrow": "x",
    }


def test_speech_is_made_and_transcribed(tools: Tools, sandbox: Sandbox, tmp_path: Path) -> None:
    """There and back again, within the folder; the model's voice goes before the tool's."""
    name = "speech_format" if tools.framework == "langchain" else "response_format"
    fields: Any = {"directory": tmp_path, "voice": "echo", "options": {name: "wav"}, "timeout": 30}
    result = tools.use("speech", {"text": WORDS, "voice": "nova"}, **fields)
    assert (result.kind, result.data[:4]) == ("audio", b"RIFF")
    assert sandbox.last.body == {"input": WORDS, "voice": "nova", "response_format": "wav"}

    arguments = {"path": getattr(result.path, "name", ""), "language": "en"}
    assert tools.use("transcription", arguments, directory=tmp_path).line == TRANSCRIPT
    tools.use("speech", {"text": "Again."}, **fields)
    assert sandbox.last.body["voice"] == "echo"


def test_subtitles_are_an_option_of_the_user(tools: Tools, sounds: Path) -> None:
    """The gateway's `response_format`, not the one that LangChain's tools have."""
    further = {"response_format": "srt"}
    result = tools.use(
        "transcription", {"path": "words.wav"}, directory=sounds, model_kwargs=further
    )

    assert "-->" in result.line


@pytest.mark.parametrize("kind", KINDS)
def test_misspelt_options_are_refused(framework: str, sandbox: Sandbox, kind: str) -> None:
    """In the dictionaries of further options too."""
    with pytest.raises(lc.InvalidInputError, match="modle"):
        Tools(framework, "sync", sandbox).make(kind, model_kwargs={"modle": "x"})


@pytest.mark.parametrize(
    ("kind", "arguments", "reason"),
    [
        ("image", {"prompt": "a cat", "width": "wide"}, "width: Input should be a valid integer"),
        ("transcription", {"path": "../words.wav"}, "outside of"),
    ],
)
def test_wrong_arguments_are_an_error_for_the_model(
    tools: Tools, sounds: Path, kind: str, arguments: Any, reason: str
) -> None:
    """Nothing is sent, and no file is read because a model names it."""
    (sounds / "inside").mkdir()

    assert reason in tools.error(kind, arguments, directory=sounds / "inside")
    assert tools.sandbox.requests == []


@pytest.mark.parametrize(
    ("kind", "arguments", "note"),
    [
        ("image", {"prompt": "a cat", "widht": 5}, "'widht'. The arguments of generate_image are"),
        ("speech", {"text": WORDS, "fn": "x", "run_manager": 1}, "'fn', 'run_manager'. The"),
        ("transcription", {"path": "words.wav", "\ud83d": 1}, "'\\ud83d'. The arguments of tran"),
    ],
)
def test_arguments_that_a_model_invents_are_ignored_and_named(
    tools: Tools, sounds: Path, kind: str, arguments: dict[str, Any], note: str
) -> None:
    """The model reads which ones exist; nothing of the others is sent."""
    line = tools.line(kind, arguments, directory=sounds)

    assert f"\nIgnored: {note}" in line
    assert line.encode()
    assert "widht" not in tools.sandbox.last.query


@pytest.mark.parametrize("colour", ["sync", "async"])
@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"prompt": "x", "widht": 5}, "generate_image has no 'widht'; did you mean 'width'?"),
        ({"promt": "x"}, "did you mean 'prompt'?"),
        ({"prompt": "x", "image": "a.jpg"}, "did you mean 'image_urls'?"),
        ({"prompt": "x", "size": "8x8"}, "set width and height"),
    ],
)
def test_a_program_that_misspells_an_argument_is_told(
    sandbox: Sandbox, colour: str, arguments: dict[str, Any], reason: str
) -> None:
    """Before anything is paid for; a method of LlamaIndex refuses it as Python does."""
    tools = Tools("langchain", colour, sandbox)

    with pytest.raises(lc.InvalidInputError) as caught:
        tools.invoke(tools.make("image"), arguments)

    assert reason in str(caught.value)
    assert sandbox.requests == []


def test_a_folder_for_no_files_costs_nothing(tools: Tools, tmp_path: Path) -> None:
    """It is found out before an image is paid for that could not be saved."""
    (tmp_path / "file").touch()

    assert "File exists" in tools.error("image", {"prompt": "a cat"}, directory=tmp_path / "file")
    tools.error("transcription", {"path": "a.wav"}, directory=tmp_path / "new")
    assert tools.sandbox.requests == []
    assert [*tmp_path.iterdir()] == [tmp_path / "file"]
