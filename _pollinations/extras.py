"""Public names of an adapter, imported when first used, and what to install when that fails."""

from importlib import import_module


def public_name(module: str, name: str, *, needs: str, extra: str) -> object:
    """A name of a module.

    Args:
        module: The module's full name.
        name: The name in it.
        needs: The framework that the module imports.
        extra: The extra of `pollinations-adapters` that brings the framework.

    Raises:
        ModuleNotFoundError: The framework is not installed; it says what to install.
    """
    try:
        return getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        if not f"{error.name}.".startswith(f"{needs}."):
            raise
        package = module.partition(".")[0]
        message = (
            f"{package}.{name} needs {needs}, which is not installed: "
            f"pip install 'pollinations-adapters[{extra}]'"
        )
        raise ModuleNotFoundError(message, name=error.name) from error
