"""The sandbox's model: reads a request and writes an answer, the same one every time."""

from pollinations_sandbox.author.writing import write

__all__ = ["write"]
