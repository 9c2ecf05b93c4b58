"""Graph transforms, one per file, and their registry."""
