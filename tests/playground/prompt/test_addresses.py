"""Every address of prompts, for somebody else and for an object that does not exist."""

from django.test import TestCase
from django.urls import reverse

from connector.models import SavedPrompt
from playground.prompt import urls
from tests.builders import a_prompt, an_upload
from tests.playground.addresses import Addresses

# name: (methods it answers, whose key it takes)
ROUTES = {
    "prompt": ("GET", ""),
    "prompt_form": ("POST", ""),
    "prompt_ask": ("POST", ""),
    "prompt_save": ("POST", ""),
    "prompt_delete": ("POST", "prompt"),
    "prompt_restore": ("POST", "deleted"),
    "prompt_results": ("POST", "answer"),
    "prompt_events": ("GET", "run"),
    "prompt_stop": ("POST", "run"),
    "prompt_again": ("POST", "run"),
    "saved_prompts": ("GET", ""),
    "saved_prompt": ("GET", "saved"),
    "saved_prompt_rename": ("POST", "saved"),
    "saved_prompt_delete": ("POST", "saved"),
    "saved_prompt_restore": ("POST", "version"),
}


class AddressTests(Addresses, TestCase):
    urls = urls
    routes = ROUTES
    streams = {"prompt_events"}

    def setUp(self):
        super().setUp()
        prompt, deleted = a_prompt(self.owner), a_prompt(self.owner)
        deleted.discard()
        version = SavedPrompt.objects.keep(self.owner, "Mine", question="Why?")
        self.own = {
            "prompt": prompt.pk,
            "deleted": deleted.pk,
            "answer": prompt.leaf_id,
            "run": prompt.leaf.run_id,
            "saved": version.prompt_id,
            "version": version.pk,
        }

    def test_nor_is_it_in_an_address_or_a_form(self):
        self.client.force_login(self.stranger)
        for query in (f"from={self.own['prompt']}", f"saved={self.own['version']}", "from=x", "saved=-1"):
            with self.subTest(query):
                self.assertEqual(self.client.get(f"/prompt/?{query}").status_code, 404)
        upload = an_upload(self.owner)
        for name in ("prompt_ask", "prompt_form", "prompt_save"):
            for key in (upload.public_id, "x"):
                answer = self.client.post(reverse(f"playground:{name}"), {"question": "Hi", "upload": key})
                self.assertEqual(answer.status_code, 404)

    def test_a_prompt_is_no_chat_and_a_chat_no_prompt(self):
        self.client.force_login(self.owner)
        for name in ("session", "export_json"):
            self.assertEqual(self.client.get(reverse(f"playground:{name}", args=[self.own["prompt"]])).status_code, 404)
        answer = self.client.post(reverse("playground:regenerate", args=[self.own["answer"]]))
        self.assertEqual(answer.status_code, 404)
