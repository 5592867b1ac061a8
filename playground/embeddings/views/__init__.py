"""What the addresses of embeddings answer to."""
