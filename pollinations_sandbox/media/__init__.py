"""Pictures, videos, speech, transcripts and vectors: the routes whose answers are no chat."""
