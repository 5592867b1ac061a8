import asyncio

import pytest

from config.serving import body_limits
from config.serving.body_limits import BodyLimits, TooLarge
from tests.config.asgi import call, replying, request

SESSION = {"cookie": "theme=dark; session=abc"}


def limited(patience=30.0):
    return BodyLimits(replying(), "session", patience)


def pieces(total, size=16_000):
    return [b"x" * size] * (total // size)


class TestHowMuch:
    def test_what_fits_comes_through_whole(self):
        seen = []

        async def app(scope, receive, send):
            while True:
                message = await receive()
                seen.append(message["body"])
                if not message["more_body"]:
                    break
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"fine"})

        assert call(BodyLimits(app, "session"), *request("POST", body=[b"ab", b"cd"])).status == 200
        assert b"".join(seen) == b"abcd"

    def test_a_declared_length_over_the_limit_is_refused_unread(self):
        read = []

        async def app(scope, receive, send):
            read.append(await receive())

        declared = {"content-length": str(2 * 1024**3)}
        assert call(BodyLimits(app, "session"), *request("POST", "/login/", declared)).status == 413
        assert read == []

    def test_chunks_are_counted(self):
        answer = call(limited(), *request("POST", "/login/", body=pieces(100_000)))
        assert answer.status == 413
        assert b"64 kB" in answer.body
        assert answer["connection"] == "close"

    def test_a_length_that_lies_does_not_help(self):
        answer = call(limited(), *request("POST", "/login/", {"content-length": "10"}, body=pieces(100_000)))
        assert answer.status == 413

    def test_a_length_that_is_no_number_does_not_help(self):
        answer = call(limited(), *request("POST", "/login/", {"content-length": "-5"}, body=pieces(100_000)))
        assert answer.status == 413

    def test_somebody_with_a_session_may_send_a_long_message(self):
        assert call(limited(), *request("POST", "/chat/", SESSION, pieces(1_000_000))).status == 200
        assert call(limited(), *request("POST", "/chat/", SESSION, pieces(2_100_000))).status == 413

    def test_files_need_a_session_too(self):
        assert call(limited(), *request("POST", "/audio/", SESSION, pieces(25_000_000, 1_000_000))).status == 200
        assert call(limited(), *request("POST", "/audio/", SESSION, pieces(31_000_000, 1_000_000))).status == 413
        assert call(limited(), *request("POST", "/audio/", {}, pieces(100_000))).status == 413

    def test_a_gigabyte_is_refused_by_what_it_says_of_itself(self):
        declared = SESSION | {"content-length": "1000000000"}
        for path in ("/requests/new/send/", "/requests/new/form/", "/requests/saved/save/"):
            assert call(limited(), *request("POST", path, SESSION, pieces(25_000_000, 1_000_000))).status == 200
            assert call(limited(), *request("POST", path, declared, pieces(2_000_000, 1_000_000))).status == 413

    def test_another_cookie_is_no_session(self):
        other = {"cookie": "xsession=abc; sessions=1"}
        assert call(limited(), *request("POST", "/chat/", other, pieces(100_000))).status == 413

    def test_what_is_refused_is_read_away_but_not_for_ever(self, monkeypatch):
        monkeypatch.setattr(body_limits, "DRAINED", 200_000)
        body = pieces(1_000_000)
        scope, left = request("POST", "/login/", body=body)
        assert call(limited(), scope, left).status == 413
        assert len(left) > 40

    def test_an_answer_that_has_begun_is_cut_off(self):
        async def early(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            while (await receive()).get("more_body"):
                pass

        with pytest.raises(TooLarge):
            call(BodyLimits(early, "session"), *request("POST", body=pieces(100_000)))


class TestHowSlowly:
    def test_a_body_that_does_not_come_is_given_up(self):
        answer = call(limited(patience=0.2), *request("POST", body=[b"x", 5.0, b"y"]))
        assert answer.status == 408

    def test_one_byte_now_and_then_does_not_keep_it_waiting(self):
        drip = [piece for _ in range(20) for piece in (b"x", 0.05)]
        assert call(limited(patience=0.3), *request("POST", body=drip)).status == 408

    def test_a_slow_line_with_a_fair_pace_is_waited_for(self):
        fair = [piece for _ in range(8) for piece in (b"x" * 1_000, 0.05)]
        assert call(limited(patience=0.2), *request("POST", body=fair)).status == 200

    def test_an_answer_may_take_as_long_as_it_wants(self):
        async def slow(scope, receive, send):
            await receive()
            gone = asyncio.ensure_future(receive())  # as Django does, to learn that the client has gone
            await asyncio.sleep(0.4)
            gone.cancel()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"late"})

        assert call(BodyLimits(slow, "session", patience=0.1), *request()).body == b"late"
