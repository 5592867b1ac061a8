"""Whether and when a request is sent again (reliability.md 1 and 2)."""

import unittest

import pytest

from connector.client import errors, retry
from connector.client.operation import Operation

CHAT = Operation("chat_completions", "chat/completions")
MODELS = Operation("models", "models", costly=False)
IMAGES = Operation("images", "images/generations", heavy=True)

NOTHING_SENT = [errors.ConnectionRefused(), errors.ConnectTimedOut(seconds=5), errors.Unreachable()]
NO_ANSWER = [errors.FirstByteTimedOut(seconds=60), errors.ConnectionReset()]
NEVER = [
    errors.AddressRefused(),
    errors.TLSFailed(reason="expired"),
    errors.Paused(seconds=1),
    errors.KeyMissing(),
    errors.InvalidParameter(),
    errors.BadRequest(status=400),
    errors.ContextTooLong(status=400),
    errors.Filtered(status=400),
    errors.KeyRefused(status=401),
    errors.Forbidden(status=403),
    errors.NotFound(status=404),
    errors.TooLargeOrWrongType(status=413),
    errors.QuotaExhausted(status=429),
    errors.Redirected(status=307),
    errors.ProviderTrouble(status=501),
    errors.NotJSON(),
    errors.BadAnswer(),
    errors.TooLarge(),
    errors.CutOff(),
    errors.IdleTimedOut(seconds=60),
    errors.TotalTimedOut(seconds=600),
    errors.FailedMidway(),
]


def named(error):
    return type(error).__name__


@pytest.mark.parametrize("operation", [CHAT, MODELS, IMAGES], ids=lambda operation: operation.name)
class TestAttempts:
    @pytest.mark.parametrize("error", NOTHING_SENT, ids=named)
    def test_what_was_not_sent_is_sent_again_twice(self, operation, error):
        assert retry.attempts(error, operation, 3) == 3

    def test_an_unknown_name_is_looked_up_once_more(self, operation):
        assert retry.attempts(errors.NameNotFound(), operation, 3) == 2

    def test_a_cut_handshake_is_tried_again(self, operation):
        assert retry.attempts(errors.TLSFailed(cut=True), operation, 3) == 3

    @pytest.mark.parametrize("error", NEVER, ids=named)
    def test_what_would_fail_again_or_was_billed_is_not(self, operation, error):
        assert retry.attempts(error, operation, 3) == 1

    def test_a_kept_connection_that_was_dead_is_replaced_once(self, operation):
        assert retry.attempts(errors.ConnectionReset(), operation, 3, reused=True) == 2

    def test_the_limit_of_the_call_is_kept(self, operation):
        assert retry.attempts(errors.ConnectionRefused(), operation, 1) == 1
        assert retry.attempts(errors.NameNotFound(), operation, 1) == 1


@pytest.mark.parametrize("error", NO_ANSWER, ids=named)
def test_without_an_answer_only_free_requests_are_sent_again(error):
    assert retry.attempts(error, CHAT, 3) == 1
    assert retry.attempts(error, IMAGES, 3) == 1
    assert retry.attempts(error, MODELS, 3) == 2


@pytest.mark.parametrize("status", [408, 409, 500, 502, 503, 504, 529])
def test_trouble_of_the_provider_is_tried_again(status):
    error = errors.ProviderTrouble(status=status)
    assert retry.attempts(error, CHAT, 3) == 3
    assert retry.attempts(error, IMAGES, 3) == (2 if status in (503, 529) else 1)


def test_a_rate_limit_is_waited_for():
    assert retry.attempts(errors.RateLimited(status=429), CHAT, 3) == 3
    assert retry.attempts(errors.RateLimited(status=429), IMAGES, 3) == 2


def test_an_error_that_nobody_decided_on_is_not_tried_again():
    def leaves(kind):
        below = kind.__subclasses__()
        return {kind} if not below else set().union(*map(leaves, below))

    decided = {errors.NameNotFound, errors.ProviderTrouble, errors.RateLimited} | {type(each) for each in NOTHING_SENT}
    for kind in leaves(errors.ConnectorError) - decided:
        assert retry.attempts(kind(status=503), CHAT, 3) == 1, kind


class WaitTests(unittest.TestCase):
    def test_the_wait_doubles_up_to_a_limit_and_is_spread(self):
        self.assertEqual([retry.backoff(n, lambda: 1.0) for n in (1, 2, 3, 4, 5, 9)], [0.5, 1, 2, 4, 8, 8])
        self.assertEqual(retry.backoff(3, lambda: 0.0), 0)
        self.assertGreater(len({retry.backoff(3) for _ in range(20)}), 10)

    def test_the_provider_says_how_long(self):
        date = "Wed, 18 Nov 2026 12:00:00 GMT"
        for headers, seconds in (
            ({"retry-after": "2"}, 2),
            ({"retry-after": "1.5"}, 1.5),
            ({"retry-after": "0"}, 0),
            ({"retry-after-ms": "350"}, 0.35),
            ({"retry-after-ms": "350", "retry-after": "9"}, 0.35),
            ({"retry-after": "Wed, 18 Nov 2026 12:00:07 GMT", "date": date}, 7),
            ({"retry-after": "Wed, 18 Nov 2026 11:00:00 GMT", "date": date}, 0),
            ({"retry-after": "Wed, 18 Nov 2026 12:00:07 GMT", "date": "nonsense"}, 7),
        ):
            self.assertEqual(retry.asked_to_wait(headers, now=lambda: 1795003200.0), seconds, headers)

    def test_nonsense_is_no_answer(self):
        for text in ("", "soon", "-1", "nan", "inf", "1e9", "9" * 40, "Wed, 99 Nov 2026", "0x10"):
            self.assertIsNone(retry.asked_to_wait({"retry-after": text}), text)

    def test_durations_of_rate_limits(self):
        for text, seconds in (
            ("1s", 1),
            ("6m0s", 360),
            ("20ms", 0.02),
            ("1h2m3s", 3723),
            ("1m30.5s", 90.5),
            ("12", 12),
            ("", None),
            ("soon", None),
            ("1.2.3s", None),
        ):
            self.assertEqual(retry.duration(text), seconds, text)

    def test_what_is_left_of_a_rate_limit(self):
        none_left = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "20s"}
        self.assertEqual(retry.exhausted(none_left), 20)
        self.assertEqual(retry.exhausted({**none_left, "x-ratelimit-remaining-requests": "3"}), 0)
        self.assertEqual(retry.exhausted({"x-ratelimit-remaining-tokens": "0"}), 0)
        self.assertEqual(retry.exhausted({}), 0)
