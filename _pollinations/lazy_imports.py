"""Public names of an adapter, imported when first used; the error says what to install."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec


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
        is missing, and `ImportError`, which says where to look, for another class of Pollinations
        and for names of `gateway`.
    """

    def get(name: str) -> object:
        if name == "gateway":
            return import_module(f"{package}.gateway")
        # Not an AttributeError for these two, of whose text an import statement shows nothing.
        if name not in homes and "Pollinations" in name:
            names = ", ".join(home for home in homes if "Pollinations" in home)
            raise ImportError(f"{package} has no {name!r}; it has {names}.", name=package)
        if name not in homes and _is_of_gateway(name, package):
            raise ImportError(
                f"{package} has no {name!r}; import it from {package}.gateway.", name=package
            )
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


def _is_of_gateway(name: str, package: str) -> bool:
    if name.startswith("_") or find_spec(f"{package}.{name}"):
        return False
    return name in import_module("_pollinations.gateway").__all__
