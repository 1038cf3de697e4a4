"""POST /v1/chat/completions: what is sent, and how the answer is read."""
