"""Knows every cart, reconciles every order, decides whether and when."""
