import gc
import socket
import time

from django.contrib.admin.models import LogEntry
from django.core.cache import caches
from django.test import TestCase, override_settings
from django.urls import reverse

from connector.admin import connections
from connector.models import ApiType, Configuration, DeployedModel
from tests.builders import CANARY_KEY, a_viewer, an_editor, an_openai
from tests.upstream import an_upstream


@override_settings(CONNECTOR_ALLOW_PRIVATE_HOSTS=True)
class Case(TestCase):
    def setUp(self):
        caches["limits"].clear()
        self.client.force_login(an_editor())

    def press(self, name, configuration):
        url = reverse(f"admin:connector_configuration_{name}", args=[configuration.pk])
        return self.client.post(url, follow=True)

    def a_server(self, upstream, key="sk-good"):
        return an_openai(key=key, api_type=ApiType.OPENAI_COMPATIBLE, endpoint=f"{upstream.url}/v1")


class TestConnectionTests(Case):
    def result(self, configuration):
        self.press("test", configuration)
        saved = Configuration.objects.get(pk=configuration.pk)
        return saved.test_code, saved.test_text

    def test_a_server_that_works(self):
        with an_upstream() as upstream:
            code, text = self.result(self.a_server(upstream))
            self.assertEqual(code, "ok")
            self.assertIn("lists", text)
            [request] = upstream.requests
            self.assertEqual((request.method, request.path), ("GET", "/v1/models"))

    def test_the_default_model_is_looked_for(self):
        with an_upstream() as upstream:
            configuration = self.a_server(upstream)
            configuration.model_default_chat = "not-there"
            configuration.save()
            self.assertIn("not-there, is not among them", self.result(configuration)[1])

    def test_what_went_wrong_is_explained_and_kept_with_its_time(self):
        faults = {
            "401": ("key_refused", "refuses the key (401)"),
            "403": ("forbidden", "(403)"),
            "404": ("not_found", "/v1"),
            "500": ("provider_trouble", "trouble"),
            "page": ("not_json", "web page"),
            "reset": ("reset", "closed"),
            "redirect-307": ("redirect", "redirect"),
            "null": ("bad_json", "not"),
        }
        for fault, (code, words) in faults.items():
            with self.subTest(fault), an_upstream() as upstream:
                caches["limits"].clear()
                configuration = self.a_server(upstream, key=f"fault:{fault}")
                found = self.result(configuration)
                self.assertEqual(found[0], code)
                self.assertIn(words, found[1])
                self.assertEqual(len(upstream.requests), 2 if fault == "reset" else 1)  # a reset may be a stale one's
                self.assertIsNotNone(Configuration.objects.get(pk=configuration.pk).tested_at)

    def test_nobody_listens(self):
        with socket.socket() as taken:  # and not listened at, so that no other server can have it meanwhile
            taken.bind(("127.0.0.1", 0))
            endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
            code, text = self.result(an_openai(api_type=ApiType.OPENAI_COMPATIBLE, endpoint=endpoint))
        self.assertEqual(code, "refused")
        self.assertIn("Nothing is listening", text)

    def test_a_key_that_is_repeated_in_an_error_is_not_kept(self):
        with an_upstream() as upstream:
            configuration = self.a_server(upstream, key="fault:key-echo")
            page = self.press("test", configuration)
            self.assertNotIn("key-echo", page.text)
            self.assertNotIn("key-echo", Configuration.objects.get(pk=configuration.pk).test_text)

    def test_a_refused_key_is_marked_and_a_good_test_takes_it_back(self):
        with an_upstream() as upstream:
            configuration = self.a_server(upstream, key="fault:401")
            self.press("test", configuration)
            self.assertIsNotNone(Configuration.objects.get(pk=configuration.pk).key_refused_at)
            configuration.set_key("sk-good")
            configuration.mark_key_refused()
            self.press("test", configuration)
            self.assertIsNone(Configuration.objects.get(pk=configuration.pk).key_refused_at)

    def test_a_missing_key_sends_nothing(self):
        code, text = self.result(an_openai())
        self.assertEqual(code, "key_missing")
        self.assertIn("Nothing was sent", text)

    def test_a_key_of_another_host_sends_nothing(self):
        with an_upstream() as upstream:
            configuration = an_openai(key=CANARY_KEY)
            Configuration.objects.filter(pk=configuration.pk).update(
                endpoint=f"{upstream.url}/v1", api_type=ApiType.OPENAI_COMPATIBLE
            )
            self.assertEqual(self.result(configuration)[0], "key_mismatch")
            self.assertEqual(upstream.requests, [])

    def test_the_saved_endpoint_is_used_whatever_is_posted(self):
        with an_upstream() as upstream, an_upstream() as other:
            configuration = self.a_server(upstream)
            url = reverse("admin:connector_configuration_test", args=[configuration.pk])
            self.client.post(url, {"endpoint": f"{other.url}/v1", "api_base": other.url})
            self.assertEqual((len(upstream.requests), len(other.requests)), (1, 0))

    def test_no_connection_outlives_the_test(self):
        gc.disable()  # what is forgotten would be closed by chance
        self.addCleanup(gc.enable)
        with an_upstream() as upstream:
            self.press("test", self.a_server(upstream))
            deadline = time.monotonic() + 2
            while not all(each.closed for each in upstream.connections) and time.monotonic() < deadline:
                time.sleep(0.01)
            self.assertTrue(all(each.closed for each in upstream.connections))

    def test_the_sandbox_works(self):
        self.assertEqual(self.result(Configuration.objects.get(display_name="Sandbox"))[0], "ok")

    def test_the_eleventh_in_a_minute_is_refused(self):
        sandbox = Configuration.objects.get(display_name="Sandbox")
        for _ in range(connections.PER_MINUTE):
            self.assertEqual(self.press("test", sandbox).status_code, 200)
        response = self.press("test", sandbox)
        self.assertEqual(response.status_code, 429)
        self.assertEqual(response.headers["Retry-After"], "60")
        self.client.force_login(an_editor())
        self.assertEqual(self.press("test", sandbox).status_code, 200)

    def test_a_viewer_may_not_and_nothing_is_sent(self):
        self.client.force_login(a_viewer())
        with an_upstream() as upstream:
            configuration = self.a_server(upstream)
            for name in ("test", "load"):
                self.assertEqual(self.press(name, configuration).status_code, 403)
            self.assertEqual(upstream.requests, [])

    async def test_it_works_from_an_async_server_too(self):
        sandbox = await Configuration.objects.aget(display_name="Sandbox")
        await self.async_client.aforce_login(await an_editor_later())
        url = reverse("admin:connector_configuration_test", args=[sandbox.pk])
        for _ in range(2):  # the second in an event loop of its own again
            self.assertEqual((await self.async_client.post(url)).status_code, 302)
        self.assertEqual((await Configuration.objects.aget(pk=sandbox.pk)).test_code, "ok")


async def an_editor_later():
    from asgiref.sync import sync_to_async

    return await sync_to_async(an_editor)()


class LoadModelsTests(Case):
    def test_rows_are_filled(self):
        with an_upstream() as upstream:
            configuration = self.a_server(upstream)
            page = self.press("load", configuration)
        self.assertTrue(configuration.deployed_models.filter(source="provider").exists())
        self.assertIsNotNone(Configuration.objects.get(pk=configuration.pk).models_refreshed_at)
        self.assertContains(page, "new, 0 gone")
        self.assertIn("Models loaded", str(LogEntry.objects.get()))

    def test_an_error_leaves_the_rows_alone(self):
        with an_upstream() as upstream:
            configuration = self.a_server(upstream, key="fault:page")
            DeployedModel.objects.create(configuration=configuration, name="m", source="provider")
            self.assertContains(self.press("load", configuration), "No models were loaded")
        self.assertEqual(configuration.deployed_models.count(), 1)

    def test_azure_is_not_asked(self):
        azure = an_openai(
            key="a" * 32, api_type=ApiType.AZURE_OPENAI, endpoint="https://r.openai.azure.com", deployment_name="eu"
        )
        self.assertContains(self.press("load", azure), "does not list deployments")
