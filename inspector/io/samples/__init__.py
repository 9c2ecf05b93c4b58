"""Sample models: what the zoo offers, and how each is made and kept."""
