"""The push service of Chromium on this machine: checkin and registration over HTTP, delivery over TLS, a place for senders."""
