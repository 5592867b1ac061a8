"""Headers of answers that are no pages of ours: who opens one in a browser gives it no rights at all."""

ALONE = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
UNKEPT = ALONE | {"Cache-Control": "private, no-store"}
