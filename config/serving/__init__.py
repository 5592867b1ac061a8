"""What stands between the network and Django: small ASGI applications, each with one idea, around each other.

    SafeHeaders        the headers of security on every answer, whoever made it
    └── LastResort       a crash below becomes a plain 500
        └── ProxyHeaders   who really asks, told by the proxy in front (uvicorn's)
            └── Gate         names, methods and origins that are not ours go no further
                └── static     files (servestatic's)
                    └── BodyLimits  bodies that are too large or too slow
                        └── Turnstile    a few at a time, in threads that stay (`threads`)
                            └── Django

`asgi.py` puts them together.
"""
