import time

import pytest

from config.serving import stopping


@pytest.fixture(autouse=True)
def not_asked(monkeypatch):
    monkeypatch.setattr(stopping, "_asked", None)


def test_without_a_signal_all_of_the_grace_is_left():
    assert stopping.grace_left() == stopping.GRACE


def test_grace_runs_from_the_first_signal_on(monkeypatch):
    stopping.begin()
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 10)
    stopping.begin()
    assert stopping.grace_left() == pytest.approx(15, abs=0.5)


def test_there_is_always_time_to_write_the_last_words_down(monkeypatch):
    stopping.begin()
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 100)
    assert stopping.grace_left() == stopping.LEAST
