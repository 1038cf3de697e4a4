"""Public names of an adapter, imported when first used; the error says what to install."""

from collections.abc import Callable
from difflib import get_close_matches
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
        is missing, and `ImportError`, which has the right name, for another class of Pollinations.
    """

    def get(name: str) -> object:
        if name not in homes and "Pollinations" in name:
            # Not an AttributeError, of whose text an import statement shows nothing.
            (close,) = get_close_matches(name, homes, n=1, cutoff=0)
            raise ImportError(f"{package} has no {name!r}; did you mean {close!r}?", name=package)
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
