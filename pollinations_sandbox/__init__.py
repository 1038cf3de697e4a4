"""The Pollinations gateway on your own machine: for tests, notebooks, and work without a key.

Example:
    >>> from pollinations_sandbox import Sandbox
    >>> with Sandbox() as sandbox:
    ...     print(sandbox.base_url, sandbox.api_key)  # doctest: +SKIP
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pollinations_sandbox.faults import Fault
    from pollinations_sandbox.recorded import Recorded, Upload
    from pollinations_sandbox.reply import Reply
    from pollinations_sandbox.server import Sandbox, start_unless_key
    from pollinations_sandbox.state import Key

__all__ = ["Fault", "Key", "Recorded", "Reply", "Sandbox", "Upload", "start_unless_key"]

_MODULES = {
    "Fault": "faults",
    "Key": "state",
    "Recorded": "recorded",
    "Reply": "reply",
    "Sandbox": "server",
    "Upload": "recorded",
    "start_unless_key": "server",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that the pytest plugin costs nothing."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - the plugin imports this package

    try:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    except ModuleNotFoundError as error:
        if f"{error.name}.".startswith(f"{__name__}."):
            raise
        message = (
            f"pollinations_sandbox needs {error.name}, which is not installed: "
            "pip install 'pollinations-adapters[sandbox]'"
        )
        raise ModuleNotFoundError(message, name=error.name) from error
