"""All SQL of the sources."""
