"""The child process that runs foreign native engines, and its protocol."""
