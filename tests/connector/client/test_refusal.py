"""What a provider says when it refuses, in every spelling seen."""

import json
import unittest

from connector.client import errors, refusal
from connector.client.secret import Secret


def read(status, body=b"", model="m", **headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return refusal.read(
        status, {name.replace("_", "-"): value for name, value in headers.items()}, content, model=model
    )


def openai(message="No", code=None, type_="invalid_request_error", param=None, **more):
    return {"error": {"message": message, "type": type_, "param": param, "code": code, **more}}


class KindTests(unittest.TestCase):
    def test_the_status_says_which_error_it_is(self):
        for status, kind in {
            301: errors.Redirected,
            304: errors.Redirected,
            400: errors.BadRequest,
            401: errors.KeyRefused,
            402: errors.QuotaExhausted,
            403: errors.Forbidden,
            404: errors.NotFound,
            405: errors.Refused,
            408: errors.ProviderTrouble,
            409: errors.ProviderTrouble,
            413: errors.TooLargeOrWrongType,
            415: errors.TooLargeOrWrongType,
            418: errors.Refused,
            422: errors.BadRequest,
            429: errors.RateLimited,
            500: errors.ProviderTrouble,
            503: errors.ProviderTrouble,
            529: errors.ProviderTrouble,
        }.items():
            for body in (b"", openai(), b"<html>", b"null", b"[]", b"\xff\xfe", {"error": None}, {"error": {}}):
                self.assertIs(type(read(status, body)), kind, (status, body))

    def test_money_is_told_from_a_rate_limit(self):
        for code in (
            "insufficient_quota",
            "credit_balance_exhausted",
            "organization_spend_limit_exceeded",
            "project_spend_limit_exceeded",
            "organization_usage_limit_exceeded",
        ):
            self.assertIsInstance(read(429, openai(code=code)), errors.QuotaExhausted)
        self.assertIsInstance(read(429, openai(code=None, type_="insufficient_quota")), errors.QuotaExhausted)
        for code in ("rate_limit_exceeded", "slow_down", 429, None):
            self.assertIsInstance(read(429, openai(code=code)), errors.RateLimited)

    def test_the_wait_is_kept(self):
        self.assertEqual(read(429, openai(), retry_after="2").facts["seconds"], 2)
        self.assertEqual(read(503, openai(), retry_after_ms="350").facts["seconds"], 0.35)

    def test_too_long_a_conversation_is_recognised_by_code_or_text(self):
        for error in (
            read(400, openai("Too long", "context_length_exceeded")),
            read(400, openai("This model's maximum context length is 8192 tokens, you requested 9001")),
            read(400, {"object": "error", "message": "the request exceeds the available context size", "code": 400}),
            read(413, {"detail": "maximum context length is 4096"}),
        ):
            self.assertIsInstance(error, errors.ContextTooLong)

    def test_a_filter_is_recognised_with_its_categories(self):
        results = {"hate": {"filtered": True, "severity": "high"}, "violence": {"filtered": False, "severity": "safe"}}
        jailbreak = {"jailbreak": {"detected": True, "filtered": True}}
        inner = "ResponsibleAIPolicyViolation"
        for body, categories in (
            (
                openai(code="content_filter", innererror={"code": inner, "content_filter_result": results}),
                "hate (high)",
            ),
            (openai(inner_error={"code": inner, "content_filter_results": jailbreak}), "jailbreak"),
            (
                openai(code="content_filter", innererror={"content_filter_results": [results, jailbreak]}),
                "hate (high), jailbreak",
            ),
            (openai(code="moderation_blocked"), "no category was named"),
            (openai(code="content_filter", innererror={"content_filter_result": "x"}), "no category was named"),
        ):
            error = read(400, body)
            self.assertIsInstance(error, errors.Filtered)
            self.assertEqual(error.facts["categories"], categories)

    def test_where_a_redirect_leads_is_told_without_what_it_carries(self):
        error = read(307, b"", location="https://evil.example/path?token=abc")
        self.assertEqual(error.facts["host"], "evil.example")
        for location in ("", "/other", "https://[", "//"):
            self.assertIsInstance(read(302, b"", location=location), errors.Redirected)


class MessageTests(unittest.TestCase):
    def test_it_is_found_wherever_it_stands(self):
        for body, message in (
            (openai("Bad thing"), "Bad thing"),
            ({"error": "model is loading"}, "model is loading"),
            ({"detail": "Not Found"}, "Not Found"),
            (
                {"detail": [{"loc": ["body", "n"], "msg": "too many"}, {"msg": "and so on"}]},
                "body.n: too many; and so on",
            ),
            ({"detail": {"message": "inside"}}, "inside"),
            ({"message": "plain", "code": 7}, "plain"),
            ({"statusCode": 401, "message": "Access denied"}, "Access denied"),
            ({"errors": ["one", "two"]}, "one; two"),
            ([{"error": {"message": "in a list", "code": 400}}], "in a list"),
            ("just a text", "just a text"),
            (b"upstream connect error", "upstream connect error"),
            (b"<html><head><title>502 Bad &amp; Gateway</title></head>", "a web page: 502 Bad & Gateway"),
            (b"", "no reason was given"),
            (b"null", "no reason was given"),
            ({}, "no reason was given"),
            ({"error": {"message": None}}, "no reason was given"),
        ):
            self.assertEqual(read(400, body).facts["message"], message, body)

    def test_codes_may_be_numbers_and_stand_anywhere(self):
        self.assertEqual(read(400, openai(code=40003)).facts["provider_code"], "40003")
        self.assertEqual(read(400, {"message": "x", "code": 404}).facts["provider_code"], "404")
        self.assertEqual(read(400, openai(code="a_code", param="n")).facts["param"], "n")
        self.assertEqual(read(422, {"detail": [{"loc": ["body", "top_p"], "msg": "x"}]}).facts["param"], "top_p")

    def test_any_shape_is_survived(self):
        for body in (
            {"error": {"message": ["a"], "code": {}, "type": [], "param": 7}},
            {"error": [[[]]]},
            {"error": 5},
            {"detail": [[], 5, None]},
            {"detail": [{"loc": "body", "msg": "x"}]},
            {"error": {"message": {"a": 1}}},
            {"error": {"innererror": [], "code": "content_filter"}},
            5,
            True,
            [None],
        ):
            self.assertIsInstance(read(400, body).what, str)

    def test_it_is_cut_and_has_no_control_characters(self):
        message = read(400, openai("a\x00b\x1b[31m\u202ec " + "x" * 2000)).facts["message"]
        self.assertLessEqual(len(message), 500)
        self.assertTrue(message.startswith("a b [31m c x"))
        self.assertTrue(message.endswith("…"))

    def test_it_has_no_keys_in_it(self):
        secret = Secret("a-very-special-key")
        for text in (secret.reveal(), "sk-0123456789abcdef", "Bearer abcdef123456"):
            error = read(401, openai(f"Incorrect API key provided: {text}.", param=text, code=text))
            self.assertNotIn(text.split()[-1], json.dumps(error.as_dict()))

    def test_a_key_at_the_edge_of_the_cut_is_hidden_whole(self):
        key = "sk-" + "k" * 40
        for before in range(440, 520):
            message = read(401, openai("a" * (before - 1) + " " + key)).facts["message"]
            self.assertNotIn("kkkk", message)


class OtherTests(unittest.TestCase):
    def test_the_request_id_is_found_under_its_names(self):
        for name in ("x-request-id", "apim-request-id", "x-ms-request-id", "request-id"):
            self.assertEqual(refusal.request_id({name: "req_1"}), "req_1")
        self.assertEqual(refusal.request_id({}), "")

    def test_an_error_in_mid_stream_is_read_the_same_way(self):
        for payload in (openai("Too busy", "overloaded"), {"message": "Too busy"}, "Too busy"):
            error = refusal.midway(payload)
            self.assertIsInstance(error, errors.FailedMidway)
            self.assertIn("Too busy", error.what)

    def test_web_pages_are_recognised(self):
        self.assertTrue(refusal.is_page({"content-type": "text/html; charset=utf-8"}, b""))
        self.assertTrue(refusal.is_page({}, b"\n <!DOCTYPE HTML><title>x"))
        self.assertFalse(refusal.is_page({"content-type": "application/json"}, b"{}"))

    def test_the_title_of_a_page_is_text_of_80_characters(self):
        self.assertEqual(refusal.title(b"<title>Sign&nbsp;in <b>now</b></title>"), "Sign in now")
        self.assertEqual(refusal.title(b"<h1>Oh</h1><script>x()</script>no"), "Oh no")
        self.assertEqual(refusal.title(b"<p></p>"), "without a title")
        self.assertEqual(len(refusal.title(b"<title>" + b"x" * 500)), 80)
