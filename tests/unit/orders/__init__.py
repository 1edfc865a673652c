"""Orders: its rules, its handlers and its loops, without servers."""
