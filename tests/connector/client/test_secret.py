"""A secret does not print itself, however it is asked."""

import copy
import json
import logging
import pickle
import unittest
from dataclasses import asdict, dataclass

from connector.client import wire
from connector.client.secret import Secret

KEY = "sk-canary-0123456789abcdef"


class SecretTests(unittest.TestCase):
    def test_it_gives_its_value_only_when_asked_for_it(self):
        self.assertEqual(Secret(KEY).reveal(), KEY)

    def test_no_way_of_printing_shows_it(self):
        secret = Secret(KEY)
        shown = [repr(secret), str(secret), f"{secret}", f"{secret:>60}", "%s %r" % (secret, secret), repr([secret])]  # noqa: UP031
        for text in shown:
            self.assertNotIn("canary", text)

    def test_it_cannot_be_pickled_or_written_as_json(self):
        for write in (pickle.dumps, json.dumps, wire.encode):
            with self.assertRaises(TypeError) as caught:
                write(Secret(KEY))
            self.assertNotIn("canary", str(caught.exception))

    def test_it_has_no_dictionary_to_look_into(self):
        with self.assertRaises(TypeError):
            vars(Secret(KEY))

    def test_copies_are_the_same_secret(self):
        @dataclass
        class Holder:
            secret: Secret

        secret = Secret(KEY)
        self.assertIs(copy.deepcopy(secret), secret)
        self.assertIs(copy.copy(secret), secret)
        self.assertIs(asdict(Holder(secret))["secret"], secret)

    def test_two_secrets_are_not_told_apart_by_comparing(self):
        self.assertNotEqual(Secret(KEY), Secret(KEY))
        self.assertNotEqual(Secret(KEY), KEY)

    def test_an_empty_one_counts_as_none(self):
        self.assertFalse(Secret(""))
        self.assertTrue(Secret(KEY))

    def test_a_log_line_does_not_show_it(self):
        with self.assertLogs("x") as logs:
            logging.getLogger("x").warning("sending with %s", Secret(KEY))
        self.assertNotIn("canary", logs.output[0])
