"""What a network is: immutable columns, tensors, weights and groups."""
