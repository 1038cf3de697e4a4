"""The built-in replier: a few simple rules in the place of a model, listed in the documentation."""

from pollinations_sandbox.replier.writing import write

__all__ = ["write"]
