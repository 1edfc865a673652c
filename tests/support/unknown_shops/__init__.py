"""Shops as strangers have them: themes written without a thought of any reader, each with what misleads one."""
