"""What the window does when asked: one controller per task, each between session and widgets."""
