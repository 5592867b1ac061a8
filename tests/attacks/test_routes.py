"""Every route for everybody. The chat, the pictures and the connector's admin have tables of their own beside their
tests; here is the rest, and that nothing is missing from all of them."""

import re
import uuid
from urllib.parse import urlsplit

from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.cache import caches
from django.db import transaction
from django.test import SimpleTestCase, TestCase

from tests.attacks.routes import every_route
from tests.builders import a_run, a_session, a_superuser, a_user, a_viewer, an_editor, an_upload
from tests.connector.admin.test_roles import PAGES
from tests.playground.audio.test_addresses import ROUTES as SOUNDS
from tests.playground.chat.test_access import FOR_EVERYONE, ROUTES
from tests.playground.compare.test_addresses import ROUTES as COMPARISONS
from tests.playground.embeddings.test_addresses import ROUTES as EMBEDDINGS
from tests.playground.images.test_addresses import ROUTES as PICTURES
from tests.playground.prompt.test_addresses import ROUTES as PROMPTS
from tests.playground.requests.test_addresses import ROUTES as REQUESTS

LOGIN, OK, NO, GONE, MOVED, NOT_THAT = "login", 200, 403, 404, 302, 405


def alike(status):
    """For everybody the same."""
    return (status,) * 5


def staff(status):
    return (LOGIN, LOGIN, status, status, status)


def root(status):
    """Staff without rights on users and groups may not; superusers may."""
    return (LOGIN, LOGIN, NO, NO, status)


# name, or path where there is none → (anonymous, user, view-only staff, editor, superuser), for GET and then for POST
ROWS = {
    "health-live": (alike(OK), alike(OK)),
    "health-ready": (alike(OK), alike(OK)),
    "csp-report": (alike(NOT_THAT), alike(204)),
    "accounts:login": ((OK, MOVED, MOVED, MOVED, MOVED), alike(422)),
    "accounts:logout": (alike(NOT_THAT), alike(LOGIN)),
    "accounts:welcome": (alike(GONE), alike(GONE)),  # there is an administrator
    "accounts:account": ((LOGIN, OK, OK, OK, OK), (LOGIN, 422, 422, 422, 422)),
    "playground:file": ((LOGIN, GONE, GONE, GONE, GONE), alike(NOT_THAT)),
    "playground:usage": ((LOGIN, OK, OK, OK, OK), alike(NOT_THAT)),
    "playground:usage_csv": ((LOGIN, OK, OK, OK, OK), alike(NOT_THAT)),
    "playground:models": ((LOGIN, OK, OK, OK, OK), alike(NOT_THAT)),
    "playground:models_replace": (alike(NOT_THAT), (LOGIN, GONE, GONE, GONE, GONE)),
    "playground:models_refresh": (alike(NOT_THAT), (LOGIN, GONE, GONE, GONE, GONE)),  # the sandbox has no list
    "playground:model_live": (alike(NOT_THAT), (LOGIN, GONE, GONE, GONE, GONE)),  # without a name
    "playground:model_by_name": ((LOGIN, GONE, GONE, GONE, GONE), alike(NOT_THAT)),
    "playground:model": ((LOGIN, GONE, GONE, GONE, GONE), alike(NOT_THAT)),
    "playground:theme": (alike(NOT_THAT), alike(MOVED)),
    "/sandbox/(?P<path>(?:v1|openai)/.*)$": (alike(401), alike(401)),  # without a key, whoever asks
    "/admin/login/": ((LOGIN, NO, MOVED, MOVED, MOVED), (LOGIN, NO, MOVED, MOVED, MOVED)),
    "admin:login": ((LOGIN, NO, MOVED, MOVED, MOVED), (LOGIN, NO, MOVED, MOVED, MOVED)),
    "/admin/password_change/": (alike(MOVED), alike(MOVED)),
    "admin:password_change": (alike(MOVED), alike(MOVED)),
    "admin:password_change_done": (staff(OK), staff(NOT_THAT)),
    "admin:index": (staff(OK), staff(OK)),
    "admin:logout": ((MOVED, MOVED, NOT_THAT, NOT_THAT, NOT_THAT), (MOVED, MOVED, LOGIN, LOGIN, LOGIN)),
    "admin:autocomplete": (staff(NO), staff(NOT_THAT)),
    "admin:jsi18n": (staff(OK), staff(NOT_THAT)),
    "admin:view_on_site": (staff(GONE), staff(GONE)),
    "admin:app_list": (staff(OK), staff(OK)),
    "/admin/(?P<url>.*)$": (staff(GONE), staff(GONE)),
    "admin:auth_user_changelist": (root(OK), root(OK)),
    "admin:auth_user_add": (root(OK), root(OK)),
    "admin:auth_user_change": (root(OK), root(OK)),
    "admin:auth_user_history": (root(OK), root(OK)),
    "admin:auth_user_delete": (root(OK), root(MOVED)),
    "admin:auth_user_password_change": (root(OK), root(OK)),
    "admin:auth_group_changelist": (root(OK), root(OK)),
    "admin:auth_group_add": (root(OK), root(OK)),
    "admin:auth_group_change": (root(OK), root(OK)),
    "admin:auth_group_history": (root(OK), root(OK)),
    "admin:auth_group_delete": (root(OK), root(MOVED)),
}
# /admin/<app>/<model>/<anything>/ leads to …/change/, which is in a table; it looks at no row
SHORT_CUT = re.compile(r"/admin/\w+/\w+/<path:object_id>/")
MISSING = {"upload": uuid.uuid4()}  # of other rows a number


class RouteTests(TestCase):
    def setUp(self):
        for cache in ("default", "limits"):
            caches[cache].clear()
        self.actors = [None, a_user(), a_viewer(), an_editor(), a_superuser()]
        session = a_session(a_user())
        kind = ContentType.objects.get_for_model(session).pk
        self.rows = {
            "user": session.user_id,
            "group": Group.objects.create(name="A group").pk,
            "run": a_run(session).pk,
            "upload": an_upload(a_user()).public_id,
        }
        self.rows |= {"configuration": session.configuration_id, "chatcompletionssession": session.pk}
        self.at = {
            "admin:app_list": "/admin/connector/",
            "admin:view_on_site": f"/admin/r/{kind}/{session.pk}/",
            "/sandbox/(?P<path>(?:v1|openai)/.*)$": "/sandbox/v1/models",
        }

    def answer(self, actor, method, url):
        """What comes back, as in the table; what it did is undone."""
        with transaction.atomic():
            self.client.logout()
            if actor:
                self.client.force_login(actor)
            response = getattr(self.client, method)(url, {"post": "yes"} if method == "post" else {})
            transaction.set_rollback(True)
        moved_to = urlsplit(response.get("Location", "")).path
        return LOGIN if moved_to.endswith("/login/") else response.status_code

    def test_everybody_gets_what_the_table_says(self):
        for route in every_route():
            if (name := route.name or route.path) in ROWS:
                url = self.at.get(name) or route.at(self.rows.get(route.kind, 1))
                for method, expected in zip(("get", "post"), ROWS[name], strict=True):
                    with self.subTest(name, method=method):
                        self.assertEqual(tuple(self.answer(actor, method, url) for actor in self.actors), expected)

    def test_who_may_not_see_a_row_does_not_learn_whether_it_is_there(self):
        for route in every_route():
            if route.kind in self.rows and route.has_a_hole and not SHORT_CUT.fullmatch(route.path):
                for method in ("get", "post"):
                    for actor in (None, self.actors[1], a_user(is_staff=True)):
                        with self.subTest(route.name, method=method, actor=actor):
                            there = self.answer(actor, method, route.at(self.rows[route.kind]))
                            self.assertEqual(
                                self.answer(actor, method, route.at(MISSING.get(route.kind, 987_654_321))), there
                            )


class TableTests(SimpleTestCase):
    def test_every_route_is_in_one(self):
        tables = ROWS.keys() | {f"admin:connector_{name}" for name in PAGES}
        pages = (ROUTES, PROMPTS, COMPARISONS, PICTURES, SOUNDS, EMBEDDINGS, REQUESTS)
        of_pages = {name for routes in pages for name in routes}
        tables |= {f"playground:{name}" for name in of_pages | FOR_EVERYONE}
        found = {route.name or route.path for route in every_route() if not SHORT_CUT.fullmatch(route.path)}
        self.assertEqual(found - tables, set())
        self.assertEqual(tables - found, set())
