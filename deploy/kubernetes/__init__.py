"""What an operator applies to a cluster."""
