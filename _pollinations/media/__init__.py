"""Images, videos, speech and transcription."""
