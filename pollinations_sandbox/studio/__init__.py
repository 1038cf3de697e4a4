"""Pictures, films, speech, transcripts and vectors: the routes whose answers are not a chat."""
