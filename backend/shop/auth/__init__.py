"""Who is calling: access tokens, verified by what the issuer publishes."""
