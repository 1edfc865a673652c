"""XML Tools: what other programs ask of an account, by requests and replies in XML. It never begins a conversation."""
