"""The words of messages: one pure renderer and one counter, for the preview and for sending alike."""
