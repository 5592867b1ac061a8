"""Redis as a cache: holds JSON, never pickles, and a Redis that is gone is an empty cache."""

import json
import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache

logger = logging.getLogger(__name__)


class Json:
    """A pickle that somebody else wrote into Redis would be code that runs here (`security.md` T106)."""

    def dumps(self, value: Any) -> int | str:
        return value if type(value) is int else json.dumps(value)

    def loads(self, data: bytes) -> Any:
        return json.loads(data)


class Redis(RedisCache):
    """As Django's, but losing Redis in mid-flight costs speed and not answers (`reliability.md` R73).

    `get`, `set` … behave as if nothing were stored. What has to fail closed must not rely on a cache.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = {"serializer": Json, "socket_timeout": 2, "socket_connect_timeout": 2, **params.get("OPTIONS", {})}
        super().__init__(server, {**params, "OPTIONS": options})

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return _or(default, lambda: super(Redis, self).get(key, default, version))

    def get_many(self, keys: Any, version: int | None = None) -> dict[str, Any]:
        return _or({}, lambda: super(Redis, self).get_many(keys, version))

    def has_key(self, key: str, version: int | None = None) -> bool:
        return _or(False, lambda: super(Redis, self).has_key(key, version))

    def add(self, key: str, value: Any, *args: Any, **kwargs: Any) -> bool:
        return _or(True, lambda: super(Redis, self).add(key, value, *args, **kwargs))

    def set(self, key: str, value: Any, *args: Any, **kwargs: Any) -> None:
        _or(None, lambda: super(Redis, self).set(key, value, *args, **kwargs))

    def set_many(self, data: dict[str, Any], *args: Any, **kwargs: Any) -> list[str]:
        return _or(list(data), lambda: super(Redis, self).set_many(data, *args, **kwargs))

    def touch(self, key: str, *args: Any, **kwargs: Any) -> bool:
        return _or(False, lambda: super(Redis, self).touch(key, *args, **kwargs))

    def delete(self, key: str, version: int | None = None) -> bool:
        return _or(False, lambda: super(Redis, self).delete(key, version))

    def delete_many(self, keys: Any, version: int | None = None) -> None:
        _or(None, lambda: super(Redis, self).delete_many(keys, version))


def _or[T](otherwise: T, ask: Callable[[], T]) -> T:
    from redis.exceptions import RedisError  # an optional package

    try:
        return ask()
    except RedisError as error:
        logger.warning("Redis does not answer; going on without the cache (%s).", type(error).__name__)
        return otherwise
