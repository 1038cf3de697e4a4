"""The name under which LlamaIndex's docs would look for the embeddings."""

from llama_index_pollinations import PollinationsEmbedding

__all__ = ["PollinationsEmbedding"]
