"""The pages of requests and what their buttons do."""
