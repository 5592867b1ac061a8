"""The console: each of its inputs, what is refused and where it is said, and that nothing typed is lost."""

import asyncio
import json

from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase, TransactionTestCase, override_settings
from django.urls import reverse

from connector import runs, testing
from connector.client import errors
from connector.models import Configuration, Run, SavedRequest, StoredFile, requesting
from connector.runs import engine, threads
from playground.frames import words
from tests.builders import CANARY_KEY, a_configuration, a_superuser, a_user, a_viewer, an_editor, an_openai
from tests.pictures import a_picture

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
CONSOLE, SEND, FORM, CHECK, SAVE = (
    reverse(f"playground:request_{name}") for name in ("new", "send", "form", "check", "save")
)
CHAT = '{"model": "sandbox-fast", "messages": [{"role": "user", "content": "Hello"}]}'


class Case(TestCase):
    def setUp(self):
        Configuration.objects.all().delete()  # the first one of an empty database
        self.user = a_user()
        self.configuration = a_configuration()
        self.client.force_login(self.user)

    def posted(self, **fields):
        fixed = {
            "configuration": self.configuration.pk,
            "method": "GET",
            "path": "/v1/models",
            "body": "none",
            "response_type": "json",
        }
        return {name: value for name, value in (fixed | fields).items() if value is not None}

    def send(self, headers=HTMX, **fields):
        return self.client.post(SEND, self.posted(**fields), headers=headers)

    def press(self, headers=HTMX, **fields):
        return self.client.post(FORM, self.posted(**fields), headers=headers)

    def asked(self, **fields):
        """The run that is made of these fields."""
        response = self.send(**fields)
        self.assertEqual(response.status_code, 200, response.content.decode())
        return Run.objects.get(user=self.user)

    def assertRefused(self, text, **fields):
        """Nothing is asked, the reason is told, and the page without JavaScript has everything that was typed."""
        for headers in (HTMX, {}):
            response = self.send(headers, **fields)
            self.assertContains(response, text, status_code=422)
        for name, value in fields.items():
            if isinstance(value, str) and name not in ("method", "body", "response_type", "configuration"):
                self.assertContains(response, value.replace('"', "&quot;").replace("'", "&#x27;"), status_code=422)
        self.assertFalse(Run.objects.exists())
        return response


class InputTests(Case):
    """The fifteen of checklist 1.J."""

    def test_path(self):
        run = self.asked(path="/v1/models/sandbox")
        self.assertEqual((run.kind, run.operation, run.request["path"]), ("call", "raw", "/v1/models/sandbox"))

    def test_path_is_completed_from_the_operations(self):
        page = self.client.get(CONSOLE)
        for path in ("/v1/models", "/v1/chat/completions", "/v1/audio/speech", "/v1/images/edits"):
            self.assertContains(page, f'<option value="{path}">')

    def test_method(self):
        self.assertEqual(self.asked(method="DELETE", path="/v1/models/x").request["method"], "DELETE")
        self.assertContains(self.send(method="BREW"), "BREW", status_code=422)

    def test_data(self):
        run = self.asked(method="POST", path="/v1/chat/completions", body="json", data=CHAT)
        self.assertEqual(run.request["data"], CHAT)

    def test_data_that_is_text(self):
        self.assertEqual(self.asked(method="POST", body="text", data="no { json").request["data"], "no { json")

    def test_form_data(self):
        run = self.asked(
            method="POST",
            path="/v1/audio/transcriptions",
            body="form",
            form_name=["model", "timestamp_granularities[]", "timestamp_granularities[]", ""],
            form_value=["sandbox-transcribe", "word", "segment", ""],
        )
        expected = {"model": "sandbox-transcribe", "timestamp_granularities": ["word", "segment"]}
        self.assertEqual(run.request["form"], expected)

    def test_file_data_and_file_names(self):
        run = self.asked(
            method="POST",
            path="/v1/files",
            body="form",
            file_key=["file", ""],
            file_name=["renamed.jsonl", ""],
            file_id=["", ""],
            **{"file-0": SimpleUploadedFile("lines.jsonl", b'{"a": 1}\n', "application/jsonl")},
        )
        self.assertEqual([entry["param"] for entry in run.inputs], ["file"])
        self.assertEqual(run.request["file_names"], {"file": "renamed.jsonl"})
        self.assertEqual(run.stored_files.get().file.read(), b'{"a": 1}\n')

    def test_query_parameters(self):
        run = self.asked(query_name=["limit", "limit", ""], query_value=["2", "3", ""])
        self.assertEqual(run.request["query"], [["limit", "2"], ["limit", "3"]])

    def test_headers(self):
        run = self.asked(header_name=["OpenAI-Beta"], header_value=["assistants=v2"])
        self.assertEqual(run.request["headers"], [["OpenAI-Beta", "assistants=v2"]])

    def test_response_type(self):
        self.assertEqual(self.asked(response_type="binary").request["response_type"], "binary")

    def test_timeout(self):
        self.assertEqual(self.asked(timeout_ms="1500").request["timeout_ms"], 1500)
        self.assertContains(self.send(timeout_ms="0"), "greater than or equal to 1", status_code=422)

    def test_debug_request(self):
        self.assertIs(self.asked(debug="1").request["debug"], True)

    def test_retry_delay(self):
        self.assertEqual(self.asked(retry_delay_ms="250").request["retry_delay_ms"], 250)

    def test_retry_on_all_errors(self):
        self.assertIs(self.asked(retry_on_all_errors="1").request["retry_on_all_errors"], True)

    def test_max_retry_count(self):
        self.assertEqual(self.asked(max_retries="3").request["max_retries"], 3)
        self.assertContains(self.send(max_retries="11"), "less than or equal to 10", status_code=422)

    def test_exponential_backoff(self):
        self.assertIs(self.asked(exponential_backoff="1").request["exponential_backoff"], True)


class RefusedTests(Case):
    def test_paths_to_another_host(self):
        for path in (
            "http://evil.example/",
            "//evil.example/",
            "/\\evil.example",
            "/v1/../../x",
            "/%2f%2fevil.example",
            "/v1\r\nHost: evil.example",
            "/v1/models#x",
            "/v1/mo\tdels",
            "/v1\N{FULLWIDTH SOLIDUS}evil.example",
            "javascript:alert(1)",
        ):
            with self.subTest(path):
                self.assertEqual(self.send(path=path).status_code, 422)
        self.assertFalse(Run.objects.exists())

    def test_headers_that_say_who_asks_whom(self):
        for name in ("Authorization", "api-key", "Host", "Cookie", "Content-Length", "Transfer-Encoding", "api_key"):
            self.assertRefused("cannot be set", header_name=name, header_value="x")

    def test_headers_with_line_breaks(self):
        self.assertRefused("cannot be sent", header_name="X-A", header_value="a\r\nHost: evil.example")
        self.assertRefused("is not the name of a header", header_name="X-A\r\nX-B", header_value="a")

    def test_a_value_without_a_name(self):
        self.assertRefused("A name is missing.", query_name="", query_value="2")

    def test_wrong_json_is_told_with_its_line(self):
        data = '{\n  "model": "m",\n  "messages": [],\n}'
        response = self.send(method="POST", body="json", data=data)
        self.assertContains(response, "Line 3, column 17: this comma is one too many.", status_code=422)
        self.assertContains(response, "<mark>,</mark>", status_code=422)
        page = self.send({}, method="POST", body="json", data=data)
        self.assertContains(page, data.replace('"', "&quot;"), status_code=422)
        self.assertFalse(Run.objects.exists())

    def test_json_with_a_thousand_levels(self):
        self.assertRefused("more than 100 levels deep", method="POST", body="json", data="[" * 1000 + "]" * 1000)

    def test_a_body_where_the_method_has_none(self):
        self.assertRefused("A GET request has no body", method="GET", body="json", data="{}")

    def test_a_form_with_nothing_in_it(self):
        self.assertRefused("Add a field or a file", method="POST", body="form", form_name="", form_value="")

    def test_a_form_with_the_same_field_twice(self):
        fields = {"form_name": ["a", "a"], "form_value": ["1", "2"]}
        self.assertContains(self.send(method="POST", body="form", **fields), "a is there twice", status_code=422)

    def test_a_file_row_without_a_file(self):
        self.assertRefused("Choose a file.", method="POST", body="form", file_key="file", file_name="", file_id="")

    def test_a_file_of_somebody_else_is_not_there(self):
        other = StoredFile.objects.take(a_user(), "cat.png", a_picture())
        fields = {"file_key": "file", "file_name": "", "file_id": str(other.public_id)}
        response = self.send(method="POST", body="form", **fields)
        self.assertContains(response, "Choose the file again", status_code=422)

    def test_files_of_more_than_25_mb(self):
        with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=None):
            large = SimpleUploadedFile("large.bin", bytes(25_000_001))
            fields = {"file_key": "file", "file_name": "", "file_id": "", "file-0": large}
            response = self.send(method="POST", body="form", **fields)
        self.assertContains(response, "Files of 25 MB together", status_code=422)
        self.assertFalse(StoredFile.objects.exists())

    def test_an_upload_is_kept_when_something_else_is_wrong(self):
        upload = SimpleUploadedFile("a.txt", b"words", "text/plain")
        fields = {"file_key": "file", "file_name": "", "file_id": "", "file-0": upload}
        page = self.send({}, method="POST", path="//x", body="form", **fields)
        kept = StoredFile.objects.get()
        self.assertContains(page, f'name="file_id" value="{kept.public_id}"', status_code=422)
        run = self.asked(method="POST", body="form", file_key="file", file_name="", file_id=str(kept.public_id))
        self.assertEqual(run.stored_files.get(), kept)

    def test_too_many_in_a_minute(self):
        with override_settings(CONNECTOR_CALLS_A_MINUTE=2, CONNECTOR_ANSWERS_AT_ONCE=0):
            self.send()
            self.send()
            response = self.send(path="/v1/models/third")
        self.assertContains(response, "The limit of 2 requests a minute is reached.", status_code=429)
        self.assertIn("Retry-After", response)

    def test_a_form_that_is_sent_twice_asks_once(self):
        self.send(token="one")
        self.send(token="one")
        self.assertEqual(Run.objects.count(), 1)


class AllowedTests(Case):
    """Who may send a raw request to a configuration with a key: it can do whatever the key can."""

    def setUp(self):
        super().setUp()
        self.configuration = an_openai(CANARY_KEY, open_to_everyone=True)

    def statuses(self):
        """Of a user, of an administrator who may change configurations."""
        found = []
        for person in (self.user, a_superuser()):
            self.client.force_login(person)
            found += [self.send(headers).status_code for headers in (HTMX, {})]
        return found

    def test_usually_those_who_may_change_it(self):
        self.assertEqual(self.statuses(), [422, 403, 200, 302])
        self.assertFalse(Run.objects.filter(user=self.user).exists())

    def test_everybody_where_it_says_so(self):
        Configuration.objects.filter(pk=self.configuration.pk).update(raw_requests="users")
        self.assertEqual(self.statuses(), [200, 302, 200, 302])

    def test_nobody_where_it_says_so(self):
        Configuration.objects.filter(pk=self.configuration.pk).update(raw_requests="nobody")
        self.assertEqual(self.statuses(), [422, 403, 422, 403])

    def test_the_page_says_so_before(self):
        page = self.client.get(CONSOLE, {"example": "models", "on": self.configuration.pk})
        self.assertContains(page, "takes no raw requests of you")
        self.assertNotContains(page, CANARY_KEY)
        self.assertNotContains(page, "api.openai.com")

    def test_a_configuration_of_others_is_not_there(self):
        Configuration.objects.filter(pk=self.configuration.pk).update(open_to_everyone=False, raw_requests="users")
        self.assertContains(self.send(), "may not be used any more", status_code=422)


class RowsTests(Case):
    def test_one_more_and_one_less(self):
        typed = {"query_name": ["a", "b", "c"], "query_value": ["1", "2", "3"]}
        more = self.press(add="query", **typed)
        self.assertContains(more, 'name="query_name"', count=4)
        less = self.press(remove="query-1", **typed)
        self.assertContains(less, 'value="a"')
        self.assertNotContains(less, 'value="b"')
        self.assertContains(less, 'value="c"')

    def test_without_javascript_the_rest_of_the_form_stays(self):
        page = self.press({}, add="header", path="/v1/files", data="words", header_name="X-A", header_value="1")
        for text in ('value="/v1/files"', "words</textarea>", 'value="X-A"'):
            self.assertContains(page, text)
        self.assertContains(page, 'name="header_name"', count=2)

    def test_nonsense_in_the_buttons_changes_nothing(self):
        for name, value in (("add", "evil"), ("remove", "query"), ("remove", f"query-{'9' * 30}"), ("remove", "x-1")):
            fields = {name: value}
            self.assertEqual(self.press({}, **fields).status_code, 200)

    def test_json_is_laid_out(self):
        laid_out = self.press(format="1", body="json", data='{"n":1.10,"list":[1,2]}')
        self.assertContains(laid_out, "{\n  &quot;n&quot;: 1.10,\n  &quot;list&quot;: [\n    1,\n    2\n  ]\n}")
        wrong = self.press(format="1", body="json", data='{"n":}')
        self.assertContains(wrong, "Line 1, column 6: a value is missing here.", status_code=422)

    def test_json_is_looked_at_while_it_is_typed(self):
        answer = self.client.post(CHECK, self.posted(body="json", data="[1,"), headers=HTMX)
        self.assertContains(answer, "Line 1, column 4")
        answer = self.client.post(CHECK, self.posted(body="json", data="[1]"), headers=HTMX)
        self.assertNotContains(answer, "errorlist")


class SavedTests(Case):
    def save(self, **fields):
        return self.client.post(SAVE, self.posted(**fields))

    def test_is_kept_as_it_was_typed_and_opened_again(self):
        upload = SimpleUploadedFile("a.txt", b"words", "text/plain")
        files = {"file_key": "file", "file_name": "b.txt", "file_id": "", "file-0": upload}
        answer = self.save(
            name="Broken",
            method="POST",
            path="//not right",
            body="json",
            data="{,",
            header_name="X-A",
            header_value="1",
            timeout_ms="many",
            debug="1",
            **files,
        )
        saved = SavedRequest.objects.get()
        self.assertRedirects(answer, f"{CONSOLE}?saved={saved.pk}")
        page = self.client.get(answer["Location"])
        for text in ("Broken", "//not right", "{,</textarea>", 'value="X-A"', 'value="many"', "a.txt", 'value="b.txt"'):
            self.assertContains(page, text)
        self.assertEqual(saved.files.get().file.read(), b"words")

    def test_is_changed_in_its_place_or_saved_as_another_one(self):
        self.save(name="First")
        saved = SavedRequest.objects.get()
        self.save(saved=saved.pk, update="1", path="/v1/files", name="")
        saved.refresh_from_db()
        self.assertEqual((saved.name, saved.content["path"]), ("First", "/v1/files"))
        self.save(saved=saved.pk, name="Second")
        self.assertEqual(SavedRequest.objects.count(), 2)

    def test_without_a_name_nothing_is_lost(self):
        page = self.save(name="", path="/v1/files")
        self.assertContains(page, "Give it a name", status_code=422)
        self.assertContains(page, 'value="/v1/files"', status_code=422)

    def test_is_deleted_and_brought_back(self):
        self.save(name="First")
        saved = SavedRequest.objects.get()
        gone = self.client.post(reverse("playground:request_delete", args=[saved.pk]), follow=True)
        self.assertContains(gone, "“First” was deleted.")
        self.assertEqual(self.client.get(CONSOLE, {"saved": saved.pk}).status_code, 404)
        back = self.client.post(reverse("playground:request_restore", args=[saved.pk]), follow=True)
        self.assertContains(back, "Saved as “First”")

    def test_its_files_stay_as_long_as_it_does(self):
        upload = SimpleUploadedFile("a.txt", b"words", "text/plain")
        self.save(name="First", file_key="file", file_name="", file_id="", **{"file-0": upload})
        self.assertFalse(StoredFile.objects.filter(saved_requests=None).exists())


@override_settings(CONNECTOR_CALLS_A_MINUTE=0)
class AnswerTests(TransactionTestCase):
    """From the form to the page that shows what came."""

    def setUp(self):
        self.user = a_user()
        self.configuration = a_configuration()
        self.client.force_login(self.user)

    def tearDown(self):
        asyncio.run(threads.close())

    def page(self, configuration=None, **fields):
        """The page with the answer to a request of these fields."""
        run = requesting.ask(self.user, configuration or self.configuration, "raw", fields)
        async_to_sync(self.finish)(run)
        return self.client.get(CONSOLE, {"run": run.pk})

    async def finish(self, run):
        async with asyncio.timeout(60), engine.running():
            runs.start(run)
            async for _ in runs.follow(run.pk):
                pass

    def test_json_as_a_tree(self):
        page = self.page(path="/v1/models")
        self.assertContains(page, '<div class="tree"')
        self.assertContains(page, '<span class="name">object</span> <span class="string">“list”</span>')
        self.assertContains(page, '<span class="badge good">200</span>')
        self.assertContains(page, "x-request-id")

    def test_whose_account_it_is_stays_unsaid(self):
        self.assertNotContains(self.page(path="/v1/models"), "openai-organization")

    def test_text(self):
        page = self.page(path="/v1/models", response_type="text")
        self.assertContains(page, '<pre class="text"')
        self.assertNotContains(page, '<div class="tree"')

    def test_a_sound(self):
        data = {"model": "sandbox-speech", "voice": "alloy", "input": "Hello.", "response_format": "wav"}
        page = self.page(path="/v1/audio/speech", method="POST", data=json.dumps(data), response_type="binary")
        self.assertContains(page, "<audio")
        file = StoredFile.objects.get()
        self.assertContains(page, reverse("playground:file", args=[file.public_id]))

    def test_a_picture_by_its_bytes(self):
        said = testing.Answer(body=a_picture(), headers={"content-type": "application/json"})
        with testing.recorded(self.configuration, [said]):
            page = self.page(path="/v1/picture")
        self.assertContains(page, '<img class="picture"')

    def test_what_says_that_it_is_a_picture_and_is_none(self):
        said = testing.Answer(body=b"<svg onload='alert(1)'/>", headers={"content-type": "image/svg+xml"})
        with testing.recorded(self.configuration, [said]):
            page = self.page(path="/v1/picture")
        self.assertNotContains(page, '<img class="picture"')
        self.assertContains(page, "&lt;svg")

    def test_json_with_a_thousand_levels(self):
        with testing.recorded(self.configuration, [testing.Answer(body=b"[" * 1000 + b"]" * 1000)]):
            page = self.page(path="/v1/deep")
        self.assertContains(page, "deeper than shown here")
        with testing.recorded(self.configuration, [testing.Answer(body=b"[" * 50_000 + b"]" * 50_000)]):
            page = self.page(path="/v1/deeper")
        self.assertContains(page, "no JSON that can be shown as a tree")

    def test_an_error_with_its_status_and_what_the_provider_said(self):
        page = self.page(path="/v1/nothing")
        self.assertContains(page, '<span class="badge bad">404</span>')
        self.assertContains(page, '<span class="name">error</span>')
        self.assertContains(page, "Check the path")
        self.assertContains(page, "x-request-id")

    def test_retries_are_shown(self):
        page = self.page(
            path="/v1/chat/completions",
            method="POST",
            data=CHAT.replace("sandbox-fast", "sandbox-500"),
            max_retries=2,
        )
        self.assertContains(page, "2 retries")

    def test_for_nobody_else(self):
        run = requesting.ask(self.user, self.configuration, "raw", {"path": "/v1/models"})
        self.client.force_login(a_user())
        self.assertEqual(self.client.get(CONSOLE, {"run": run.pk}).status_code, 404)


class WatchingTests(Case):
    def test_who_may_not_watch_any_more_is_told_where_it_can_be_seen_again(self):
        run = requesting.ask(self.user, self.configuration, "raw", {"path": "/v1/models"})
        self.assertEqual(words.page(run), CONSOLE)


class RuleTests(Case):
    def test_it_is_asked_where_the_run_is_made(self):
        openai = an_openai(CANARY_KEY, open_to_everyone=True)
        with self.assertRaises(errors.NotAllowed):
            requesting.ask(self.user, openai, "raw", {"path": "/v1/models"})
        requesting.ask(self.user, openai, "embeddings", {"input": "x"}, model="text-embedding-3-small")
        requesting.ask(None, openai, "raw", {"path": "/v1/models"})  # code asks

    def test_another_type_of_api_takes_the_sandboxs_freedom_away(self):
        sandbox = self.configuration
        self.assertTrue(sandbox.takes_raw_requests_of(self.user))
        sandbox.api_type = "openai"
        self.assertFalse(sandbox.takes_raw_requests_of(self.user))

    def test_who_may_only_look_at_configurations_may_not(self):
        openai = an_openai(open_to_everyone=True)
        self.assertEqual(
            [openai.takes_raw_requests_of(person) for person in (a_viewer(), an_editor(), a_superuser())],
            [False, True, True],
        )
