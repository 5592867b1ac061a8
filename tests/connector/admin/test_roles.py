"""Who may do what in the admin: every page of ours, and everybody, and what view-only staff get to see."""

import re

from django.db import transaction
from django.test import TestCase
from django.urls import get_resolver, reverse

from connector.models import ApiKey, Configuration, DeployedModel, Price, UserLimits
from tests.builders import (
    CANARY_KEY,
    a_call,
    a_run,
    a_session,
    a_superuser,
    a_user,
    a_viewer,
    an_editor,
    an_exchange,
    an_image,
    an_openai,
)

LOGIN, OK, NO, GONE, MOVED = "login", 200, 403, 404, 302
# name → (anonymous, user, view-only staff, editor, superuser), for GET and then for POST
PAGES = {
    "configuration_changelist": ((LOGIN, LOGIN, OK, OK, OK), (LOGIN, LOGIN, OK, OK, OK)),
    "configuration_add": ((LOGIN, LOGIN, NO, OK, OK), (LOGIN, LOGIN, NO, OK, OK)),
    "configuration_change": ((LOGIN, LOGIN, OK, OK, OK), (LOGIN, LOGIN, NO, OK, OK)),
    "configuration_history": ((LOGIN, LOGIN, OK, OK, OK), (LOGIN, LOGIN, OK, OK, OK)),
    "configuration_delete": ((LOGIN, LOGIN, NO, OK, OK), (LOGIN, LOGIN, NO, MOVED, MOVED)),
    "configuration_key": ((LOGIN, LOGIN, NO, OK, OK), (LOGIN, LOGIN, NO, 422, 422)),
    "configuration_test": ((LOGIN, LOGIN, 405, 405, 405), (LOGIN, LOGIN, NO, MOVED, MOVED)),
    "configuration_load": ((LOGIN, LOGIN, 405, 405, 405), (LOGIN, LOGIN, NO, MOVED, MOVED)),
    "deployedmodel_changelist": ((LOGIN, LOGIN, OK, OK, OK), (LOGIN, LOGIN, OK, OK, OK)),
    "deployedmodel_add": ((LOGIN, LOGIN, NO, OK, OK), (LOGIN, LOGIN, NO, OK, OK)),
    "deployedmodel_change": ((LOGIN, LOGIN, OK, OK, OK), (LOGIN, LOGIN, NO, OK, OK)),
    "deployedmodel_history": ((LOGIN, LOGIN, OK, OK, OK), (LOGIN, LOGIN, OK, OK, OK)),
    "deployedmodel_delete": ((LOGIN, LOGIN, NO, OK, OK), (LOGIN, LOGIN, NO, MOVED, MOVED)),
    "price_changelist": ((LOGIN, LOGIN, OK, NO, OK), (LOGIN, LOGIN, OK, NO, OK)),
    "price_add": ((LOGIN, LOGIN, NO, NO, OK), (LOGIN, LOGIN, NO, NO, OK)),
    "price_change": ((LOGIN, LOGIN, OK, NO, OK), (LOGIN, LOGIN, NO, NO, OK)),
    "price_history": ((LOGIN, LOGIN, OK, NO, OK), (LOGIN, LOGIN, OK, NO, OK)),
    "price_delete": ((LOGIN, LOGIN, NO, NO, OK), (LOGIN, LOGIN, NO, NO, MOVED)),
    "chatcompletionssession_changelist": ((LOGIN, LOGIN, OK, NO, OK), (LOGIN, LOGIN, OK, NO, OK)),
    "chatcompletionssession_add": ((LOGIN, LOGIN, NO, NO, NO), (LOGIN, LOGIN, NO, NO, NO)),
    "chatcompletionssession_change": ((LOGIN, LOGIN, MOVED, NO, MOVED), (LOGIN, LOGIN, MOVED, NO, MOVED)),
    "chatcompletionssession_history": ((LOGIN, LOGIN, MOVED, NO, MOVED), (LOGIN, LOGIN, MOVED, NO, MOVED)),
    "chatcompletionssession_delete": ((LOGIN, LOGIN, NO, NO, NO), (LOGIN, LOGIN, NO, NO, NO)),
    "run_changelist": ((LOGIN, LOGIN, OK, NO, OK), (LOGIN, LOGIN, OK, NO, OK)),
    "run_add": ((LOGIN, LOGIN, NO, NO, NO), (LOGIN, LOGIN, NO, NO, NO)),
    "run_change": ((LOGIN, LOGIN, OK, NO, OK), (LOGIN, LOGIN, NO, NO, NO)),
    "run_history": ((LOGIN, LOGIN, OK, NO, OK), (LOGIN, LOGIN, OK, NO, OK)),
    "run_delete": ((LOGIN, LOGIN, NO, NO, NO), (LOGIN, LOGIN, NO, NO, NO)),
    "call_changelist": ((LOGIN, LOGIN, OK, NO, OK), (LOGIN, LOGIN, OK, NO, OK)),
    "call_add": ((LOGIN, LOGIN, NO, NO, NO), (LOGIN, LOGIN, NO, NO, NO)),
    "call_change": ((LOGIN, LOGIN, OK, NO, OK), (LOGIN, LOGIN, NO, NO, NO)),
    "call_history": ((LOGIN, LOGIN, OK, NO, OK), (LOGIN, LOGIN, OK, NO, OK)),
    "call_delete": ((LOGIN, LOGIN, NO, NO, NO), (LOGIN, LOGIN, NO, NO, NO)),
    "generatedimage_changelist": ((LOGIN, LOGIN, OK, NO, OK), (LOGIN, LOGIN, OK, NO, OK)),
    "generatedimage_add": ((LOGIN, LOGIN, NO, NO, NO), (LOGIN, LOGIN, NO, NO, NO)),
    "generatedimage_change": ((LOGIN, LOGIN, MOVED, NO, MOVED), (LOGIN, LOGIN, MOVED, NO, MOVED)),
    "generatedimage_history": ((LOGIN, LOGIN, MOVED, NO, MOVED), (LOGIN, LOGIN, MOVED, NO, MOVED)),
    "generatedimage_delete": ((LOGIN, LOGIN, NO, NO, NO), (LOGIN, LOGIN, NO, NO, NO)),
    "image_small": ((LOGIN, LOGIN, OK, NO, OK), (LOGIN, LOGIN, OK, NO, OK)),
    "userlimits_changelist": ((LOGIN, LOGIN, OK, NO, OK), (LOGIN, LOGIN, OK, NO, OK)),
    "userlimits_add": ((LOGIN, LOGIN, NO, NO, OK), (LOGIN, LOGIN, NO, NO, OK)),
    "userlimits_change": ((LOGIN, LOGIN, OK, NO, OK), (LOGIN, LOGIN, NO, NO, OK)),
    "userlimits_history": ((LOGIN, LOGIN, OK, NO, OK), (LOGIN, LOGIN, OK, NO, OK)),
    "userlimits_delete": ((LOGIN, LOGIN, NO, NO, OK), (LOGIN, LOGIN, NO, NO, MOVED)),
}


class RolesTests(TestCase):
    def setUp(self):
        self.configuration = Configuration.objects.get(display_name="Sandbox")
        self.model = DeployedModel.objects.create(configuration=self.configuration, name="m")
        session = a_session(a_user())
        rows = {
            "configuration": self.configuration,
            "deployedmodel": self.model,
            "price": Price.objects.create(model="m", kind="input", amount=1),
            "chatcompletionssession": session,
            "run": a_run(session),
            "call": a_call(session.user),
            "generatedimage": (image := an_image(a_user())),
            "userlimits": UserLimits.objects.create(user=a_user()),
        }
        self.pks = {name: row.pk for name, row in rows.items()} | {"image": image.public_id}
        self.actors = [None, a_user(), a_viewer(), an_editor(), a_superuser()]

    def answer(self, actor, method, name):
        self.client.logout()
        if actor:
            self.client.force_login(actor)
        model, page = name.split("_")
        url = reverse(f"admin:connector_{name}", args=[] if page in ("changelist", "add") else [self.pks[model]])
        data = {"post": "yes"} if page == "delete" else {"action": "", "sneaked": "in"}
        response = getattr(self.client, method)(url, data) if method == "post" else self.client.get(url)
        if response.status_code == 302 and "login" in response.url:
            return LOGIN
        return response.status_code

    def test_reading(self):
        for name, (expected, _) in PAGES.items():
            with self.subTest(name):
                self.assertEqual(tuple(self.answer(actor, "get", name) for actor in self.actors), expected)

    def test_writing(self):
        for name, (_, expected) in PAGES.items():
            for actor, status in zip(self.actors, expected, strict=True):
                with self.subTest(name, actor=actor):
                    self.assertEqual(self.in_vain(actor, name), status)

    def in_vain(self, actor, name):
        """What a POST answers; what it did is undone."""
        with transaction.atomic():
            status = self.answer(actor, "post", name)
            transaction.set_rollback(True)
        return status

    def test_no_page_of_ours_is_missing_above(self):
        admin = next(entry for entry in get_resolver().url_patterns if getattr(entry, "namespace", "") == "admin")
        names = {name for name in admin.reverse_dict if isinstance(name, str) and name.startswith("connector_")}
        self.assertEqual(names - {f"connector_{name}" for name in PAGES}, set())


class ViewOnlyTests(TestCase):
    """A viewer sees that there is a key; neither its ending nor the endpoint in full, wherever he looks."""

    def setUp(self):
        self.configuration = an_openai(
            key=CANARY_KEY, api_type="openai_compatible", endpoint="https://llm.example.com/secret-tenant/v1"
        )
        DeployedModel.objects.create(configuration=self.configuration, name="m")
        self.viewer = a_viewer()
        self.client.force_login(self.viewer)

    def pages(self):
        pk = self.configuration.pk
        for name, args in {
            "configuration_changelist": [],
            "configuration_change": [pk],
            "configuration_history": [pk],
            "deployedmodel_changelist": [],
        }.items():
            yield self.client.get(reverse(f"admin:connector_{name}", args=args)).text

    def what_is_stored(self):
        key = ApiKey.objects.values("kid", "origin", "ending", "changed", "changed_by").get()
        return Configuration.objects.values().get(pk=self.configuration.pk), key, self.configuration.secret().reveal()

    def test_neither_ending_nor_endpoint(self):
        for page in self.pages():
            for secret in ("CANARY", "ends in", "cdef", "secret-tenant", "gAAAA"):
                self.assertNotIn(secret, page)

    def test_but_that_a_key_is_set_and_the_host(self):
        page = next(self.pages())
        self.assertIn(">set<", page)
        self.assertIn("llm.example.com", page)

    def test_what_does_not_exist_answers_as_what_does(self):
        for pk in (self.configuration.pk, 999_999):
            self.assertEqual(self.client.get(f"/admin/connector/configuration/{pk}/key/").status_code, 403)

    def test_searching_does_not_find_by_endpoint(self):
        url = reverse("admin:connector_configuration_changelist")
        self.assertNotContains(self.client.get(url, {"q": "secret-tenant"}), self.configuration.display_name)
        self.client.force_login(an_editor())
        self.assertContains(self.client.get(url, {"q": "secret-tenant"}), self.configuration.display_name)

    def test_a_forged_form_changes_nothing(self):
        pk = self.configuration.pk
        before = self.what_is_stored()
        forged = {
            "display_name": "Mine",
            "api_type": "openai_compatible",
            "endpoint": "https://evil.example.com/v1",
            "new_key": "sk-mine",
            "key": "sk-mine",
            "remove": "1",
            "deployed_models-TOTAL_FORMS": "1",
            "deployed_models-INITIAL_FORMS": "0",
            "deployed_models-0-name": "planted",
            "action": "duplicate",
            "_selected_action": str(pk),
        }
        for name, args in {
            "configuration_change": [pk],
            "configuration_key": [pk],
            "configuration_add": [],
            "configuration_changelist": [],
            "configuration_delete": [pk],
        }.items():
            self.client.post(reverse(f"admin:connector_{name}", args=args), forged)
        self.assertEqual(self.what_is_stored(), before)
        self.assertFalse(DeployedModel.objects.filter(name="planted").exists())
        self.assertEqual(Configuration.objects.count(), 2)


class InlineRightsTests(TestCase):
    def test_models_cannot_be_planted_through_the_form_without_the_right_to_add_them(self):
        editor = an_editor()
        editor.user_permissions.remove(*editor.user_permissions.filter(content_type__model="deployedmodel"))
        self.client.force_login(editor)
        configuration = an_openai()
        data = {
            "display_name": configuration.display_name,
            "api_type": "openai",
            "azure_key_type": "api_key",
            "deployed_models-TOTAL_FORMS": "1",
            "deployed_models-INITIAL_FORMS": "0",
            "deployed_models-0-name": "planted",
        }
        self.client.post(reverse("admin:connector_configuration_change", args=[configuration.pk]), data)
        self.assertFalse(DeployedModel.objects.exists())


class CanaryTests(TestCase):
    """No page of the admin, followed from link to link by the one who may do everything, has the key in it."""

    def test_crawl(self):
        root = a_superuser()
        configuration = an_openai(key=CANARY_KEY)
        configuration.set_key(CANARY_KEY, by=root)
        an_exchange(a_session(root), "What is it?", "Nothing.")
        self.client.force_login(root)
        self.client.post(reverse("admin:connector_configuration_key", args=[configuration.pk]), {"key": CANARY_KEY})
        seen, todo = set(), ["/admin/"]
        while todo and len(seen) < 120:
            url = todo.pop()
            seen.add(url)
            page = self.client.get(url).text
            for piece in (CANARY_KEY, "CANARY-0123", "gAAAA"):
                self.assertNotIn(piece, page, url)
            links = re.findall(r'href="((?:/admin/|\?|\.\./)[^"#]*)', page)
            absolute = [link for link in links if link.startswith("/admin/") and "logout" not in link]
            todo += [link for link in dict.fromkeys(absolute) if link not in seen and link not in todo]
        self.assertIn(reverse("admin:connector_configuration_key", args=[configuration.pk]), seen)
        self.assertIn(reverse("admin:connector_configuration_history", args=[configuration.pk]), seen)
