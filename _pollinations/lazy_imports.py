"""Public names of an adapter, imported when first used; the error says what to install."""

from collections.abc import Callable
from importlib import import_module


def lazy_names(
    package: str, homes: dict[str, str], *, needs: str, extra: str
) -> Callable[[str], object]:
    """Make the `__getattr__` of a package that imports names when they are first used.

    Args:
        package: The package's name.
        homes: The names, and their modules in the package.
        needs: The framework that the modules import.
        extra: The extra of `pollinations-adapters` that installs the framework.

    Returns:
        The function. It raises `ModuleNotFoundError`, which says what to install, if the framework
        is missing.
    """

    def get(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        try:
            return getattr(import_module(f"{package}.{homes[name]}"), name)
        except ModuleNotFoundError as error:
            if not f"{error.name}.".startswith(f"{needs}."):
                raise
            message = (
                f"{package}.{name} needs {needs}, which is not installed: "
                f"pip install 'pollinations-adapters[{extra}]'"
            )
            raise ModuleNotFoundError(message, name=error.name) from error

    return get
