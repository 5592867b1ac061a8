import socket

import pytest

pytest.importorskip("redis")

from config.cache import Json, Redis


def gone():
    """A cache whose Redis is not there."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    return Redis(f"redis://127.0.0.1:{port}", {})


class TestJson:
    @pytest.mark.parametrize("value", [1, -1, 1.5, "text", "ä\u2028", None, True, ["a", {"b": 2}]])
    def test_values_come_back(self, value):
        written = Json().dumps(value)
        assert Json().loads(str(written).encode()) == value

    def test_numbers_stay_numbers_so_that_redis_can_count(self):
        assert Json().dumps(5) == 5

    def test_other_objects_are_refused(self):
        with pytest.raises(TypeError):
            Json().dumps(object())


class TestWithoutRedis:
    def test_reading_finds_nothing(self):
        assert gone().get("a") is None
        assert gone().get("a", "b") == "b"
        assert gone().get_many(["a"]) == {}
        assert "a" not in gone()

    def test_writing_is_forgotten(self):
        cache = gone()
        cache.set("a", 1)
        cache.set_many({"a": 1})
        cache.delete("a")
        assert cache.get_or_set("a", 2) == 2

    def test_counting_fails_for_who_relies_on_it(self):
        from redis.exceptions import RedisError

        with pytest.raises(RedisError):
            gone().incr("a")
