"""Views of speech and transcription: find, check, ask the domain, render."""
