"""Twilio's Programmable Messaging API at another address: the adapter that is tested against it is the one that ships."""
