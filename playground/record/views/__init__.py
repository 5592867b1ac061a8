"""The pages of the record, and what is taken from them."""
