"""The operator's command over real servers."""
