"""The service that knows every cart, reconciles every order, and decides whether and when a nudge may go."""
