"""The service that decides how a nudge goes and whether it may, and calls carriers and push services, once each."""
