"""The sandbox bank: an HTTP server that behaves as TrueLayer's auth server and Data API v1 do.

Invented banks with invented people, for demonstrations and tests. Pure: no Django, no models; it
knows nothing of Housebook but the client id, the secret and the redirect addresses it is given.
"""
