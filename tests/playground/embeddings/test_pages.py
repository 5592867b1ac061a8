"""The page of embeddings: what its form offers, what is asked, and what is shown of it."""

import csv
import io
import json
from array import array

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from connector.models import Call, CallContent, Configuration, Run, StoredFile
from connector.sandbox.replies import vectors as sandbox
from tests.builders import a_call, a_configuration, a_user, an_embedding, an_openai

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
PAGE, ASK, FORM = (reverse(f"playground:{name}") for name in ("embeddings", "embeddings_ask", "embeddings_form"))
TEXTS = ["The cat sleeps", "A cat sleeps", "Rates rose"]


class Case(TestCase):
    def setUp(self):
        Configuration.objects.all().delete()  # the first one of an empty database
        self.user = a_user()
        self.configuration = a_configuration(model_default_embeddings="sandbox-embedding")
        self.client.force_login(self.user)

    def posted(self, **fields):
        fixed = {
            "configuration": self.configuration.pk,
            "model": "sandbox-embedding",
            "source": "lines",
            "lines": "\n".join(TEXTS),
            "names": "on",
        }
        return {name: value for name, value in (fixed | fields).items() if value is not None}

    def ask(self, headers=HTMX, **fields):
        return self.client.post(ASK, self.posted(**fields), headers=headers)

    def choose(self, headers=HTMX, **fields):
        return self.client.post(FORM, self.posted(**fields), headers=headers)

    def page_of(self, run, headers=None, **query):
        return self.client.get(reverse("playground:embedding", args=[run.pk]), query, headers=headers or {})

    def file_of(self, run, name, **query):
        return self.client.get(reverse("playground:embedding_file", args=[run.pk, name]), query)


class FormTests(Case):
    def test_offers_what_the_model_takes(self):
        page = self.client.get(PAGE)
        self.assertContains(page, 'name="p_dimensions"')
        self.assertContains(page, 'name="p_encoding_format"')
        other = self.choose(model="sandbox-embedding-ada")
        self.assertNotContains(other, 'name="p_dimensions"')

    def test_counts_what_is_typed(self):
        answer = self.choose(lines="one\n\ntwo words\n")
        self.assertContains(answer, "<strong>2</strong> texts, about 3 tokens")
        self.assertContains(answer, "Costs nothing")

    def test_says_what_it_will_cost(self):
        openai = an_openai(model_default_embeddings="text-embedding-3-small")
        answer = self.choose(configuration=openai.pk, model="text-embedding-3-small", lines="word " * 4000)
        self.assertContains(answer, "About <strong>$0.0001")
        answer = self.choose(configuration=openai.pk, model="other:", other_model="of-our-own")
        self.assertContains(answer, "Unpriced")

    def test_offers_the_columns_of_a_csv(self):
        answer = self.choose(source="csv", csv="id,text,label\n1,one,a\n2,two,b\n")
        self.assertContains(answer, '<option value="1" selected>text</option>')
        self.assertContains(answer, '<option value="2" selected>label</option>')
        of = "id | text | label"
        other = self.choose(source="csv", csv="id,text,label\n1,one,a\n", column="0", labels="", of=of)
        self.assertContains(other, '<option value="0" selected>id</option>')
        self.assertContains(other, '<option value="">no column</option>')
        self.assertNotContains(other, '<option value="2" selected>label</option>')

    def test_a_choice_of_columns_is_forgotten_with_its_csv(self):
        answer = self.choose(source="csv", csv="text,number\none,1\n", column="1", labels="0", of="a | b")
        self.assertContains(answer, '<option value="0" selected>text</option>')

    def test_an_upload_is_put_into_the_field(self):
        file = SimpleUploadedFile("t.csv", "text\none\ntwo ü\n".encode())
        answer = self.choose(file=file, source="lines")
        self.assertContains(answer, "text\none\ntwo ü\n</textarea>")
        self.assertContains(answer, "<strong>2</strong> texts")
        page = self.choose(headers={}, file=SimpleUploadedFile("t.csv", b"text\none\n"))
        self.assertContains(page, 'value="csv" checked')
        self.assertContains(page, "<title>")

    def test_what_is_wrong_with_a_csv_is_said_at_its_field_and_kept(self):
        many = "text\n" + "one\n" * 10_000
        for given, words in (
            (many, "There are 10,000 texts; one request takes 2,048 at most."),
            ('text\n"one\n', "A quote is opened and never closed"),
        ):
            for answer in (self.choose(source="csv", csv=given), self.ask(source="csv", csv=given)):
                self.assertContains(answer, words, status_code=422)
                self.assertContains(answer, 'hx-target="#csv-errors"', status_code=422)
            page = self.ask(source="csv", csv=given, headers={})
            self.assertContains(page, words, status_code=422)
            self.assertContains(page, given.replace('"', "&quot;"), status_code=422)
        self.assertFalse(Run.objects.exists())

    def test_a_file_that_is_no_text_is_refused(self):
        answer = self.ask(file=SimpleUploadedFile("t.xlsx", b"PK\x03\x04\x00\xff"))
        self.assertContains(answer, "The file is not text in UTF-8", status_code=422)
        self.assertFalse(Run.objects.exists())

    def test_no_configuration_is_explained(self):
        self.configuration.delete()
        self.assertContains(self.client.get(PAGE), "No configuration yet")

    def test_the_first_visit_teaches(self):
        self.assertContains(self.client.get(PAGE), "Compare texts by their meaning")
        an_embedding(self.user)
        self.assertNotContains(self.client.get(PAGE), "Compare texts by their meaning")

    def test_goes_on_with_the_settings_before_without_the_texts(self):
        an_embedding(self.user, request={"model": "sandbox-embedding", "input": ["secret"], "dimensions": 64})
        page = self.client.get(PAGE)
        self.assertContains(page, 'name="p_dimensions" value="64"')
        self.assertNotContains(page, "secret</textarea>")


class AskTests(Case):
    def run_(self):
        return Run.objects.get(user=self.user)

    def test_the_texts_are_kept_with_the_run(self):
        answer = self.ask(p_dimensions="64", p_encoding_format="base64")
        run = self.run_()
        self.assertEqual(answer["HX-Push-Url"], reverse("playground:embedding", args=[run.pk]))
        self.assertContains(answer, f'id="run-{run.pk}"')
        self.assertEqual(run.request["input"], TEXTS)
        self.assertEqual((run.request["dimensions"], run.request["encoding_format"]), (64, "base64"))
        self.assertEqual(run.about, {"begins": TEXTS[0], "texts": 3})

    def test_labels_of_a_csv_are_kept(self):
        self.ask(source="csv", csv="label,text\nx,one\n,two\n")
        self.assertEqual(self.run_().request["input"], ["one", "two"])
        self.assertEqual(self.run_().about["labels"], ["x", ""])

    def test_sent_twice_is_asked_once(self):
        self.ask(token="t" * 20)
        again = self.ask(token="t" * 20)
        self.assertContains(again, f'id="run-{self.run_().pk}"')

    def test_without_a_script_the_run_has_its_page(self):
        answer = self.ask(headers={})
        self.assertRedirects(answer, reverse("playground:embedding", args=[self.run_().pk]))

    def test_nothing_to_send_is_refused(self):
        self.assertContains(self.ask(lines=" \n "), "Write the texts first", status_code=422)
        self.assertContains(self.ask(source="csv"), "Paste a CSV or upload one first", status_code=422)
        self.assertFalse(Run.objects.exists())

    def test_a_value_out_of_range_is_refused_at_its_field(self):
        self.assertContains(self.ask(p_dimensions="0"), "allowed: 1 or more", status_code=422)

    @override_settings(CONNECTOR_TEXTS_A_MINUTE=2)
    def test_more_texts_than_the_limit_are_refused(self):
        self.assertContains(self.ask(), "3 at once are more than the limit of 2 texts a minute", status_code=429)
        self.assertContains(self.ask(headers={}), "\n".join(TEXTS), status_code=429)

    def test_an_example_is_its_own_texts(self):
        self.ask(example="a\nb")
        self.assertEqual(self.run_().request["input"], ["a", "b"])

    def test_a_configuration_of_another_group_is_refused(self):
        other = a_configuration(open_to_everyone=False)
        self.assertEqual(self.ask(configuration=other.pk).status_code, 422)
        self.assertFalse(Run.objects.exists())


class ResultTests(Case):
    def test_shows_how_alike_the_texts_are(self):
        page = self.page_of(an_embedding(self.user))
        self.assertContains(page, 'id="matrix"')
        self.assertContains(page, "Most alike are text 1 and text 2.")
        self.assertContains(page, "1.000")  # the norm
        self.assertContains(page, '<tr><th scope="row">1<td>1.00<td>0.')
        self.assertContains(page, "The same on a plane")
        self.assertContains(page, "300 dimensions")
        self.assertContains(page, "\n".join(TEXTS) + "</textarea>")

    def test_shows_the_vectors_at_several_lengths(self):
        run = an_embedding(self.user)
        page = self.page_of(run)
        for length in ("128", "256"):
            self.assertContains(page, f"dimensions={length}")
        self.assertContains(page, "3 of 3")
        cut = self.page_of(run, dimensions="128", headers=HTMX)
        self.assertContains(cut, "cut to 128 numbers")
        self.assertNotContains(cut, "<title>Pr")

    def test_vectors_that_may_not_be_cut_are_not(self):
        run = an_embedding(self.user, model="sandbox-embedding-ada")
        page = self.page_of(run, dimensions="128")
        self.assertContains(page, "has vectors of one length")
        self.assertNotContains(page, "cut to 128")

    def test_one_text_is_compared_with_all(self):
        texts = [f"text number {number}" for number in range(130)]
        run = an_embedding(self.user, texts, 40)
        page = self.page_of(run)
        self.assertContains(page, "101\N{EN DASH}130")
        self.assertContains(page, "Nearest of 1\N{EN DASH}100")
        self.assertNotContains(page, 'href="?text=101"')
        second = self.page_of(run, **{"from": "101"})
        self.assertContains(second, "?text=130")
        one = self.page_of(run, text="130")
        self.assertContains(one, "Nearest of all 130")
        for nonsense in ({"from": "7"}, {"from": "x"}, {"text": "999"}, {"text": "-1"}, {"dimensions": "no"}):
            self.assertContains(self.page_of(run, **nonsense), "Nearest of 1\N{EN DASH}100")

    def test_a_single_text_has_its_vector(self):
        run = an_embedding(self.user, ["alone"])
        page = self.page_of(run)
        self.assertNotContains(page, 'id="matrix"')
        self.assertContains(page, "Length kept")
        self.assertContains(self.page_of(run, text="1"), "norm 1.0000")

    def test_texts_are_text(self):
        page = self.page_of(an_embedding(self.user, ["<script>alert(1)</script>", "<img src=x>", "c"]))
        self.assertNotContains(page, "<script>alert")
        self.assertNotContains(page, "<img src=x")

    def test_labels_are_shown_by_colour_and_in_words(self):
        run = an_embedding(self.user, about={"labels": ["cats", "cats", "money"]})
        page = self.page_of(run)
        self.assertContains(page, "<td>money</td>")
        self.assertContains(page, '<li class="c1">')
        self.assertContains(page, "text,label\nThe cat sleeps,cats")

    def test_what_is_gone_is_said(self):
        run = an_embedding(self.user)
        run.outputs.get().file.delete(save=False)
        page = self.page_of(run)
        self.assertContains(page, "The vectors are not there any more.")
        self.assertEqual(self.file_of(run, "vectors.npy").status_code, 404)

    def test_why_it_failed_is_said(self):
        error = {"code": "busy", "what": "The provider is busy.", "todo": "Try again.", "details": {}}
        run = an_embedding(self.user, state=Run.State.FAILED, answer={}, error=error)
        self.assertContains(self.page_of(run), "The provider is busy.")

    def test_a_run_of_a_dead_process_is_interrupted(self):
        run = an_embedding(
            self.user, state=Run.State.SENDING, answer={}, owner="gone-1-x", heartbeat="2026-01-01T00:00Z"
        )
        self.assertContains(self.page_of(run), "interrupted")

    def test_without_a_script_a_going_one_is_looked_at_again(self):
        run = an_embedding(self.user, state=Run.State.QUEUED, answer={})
        self.assertContains(self.page_of(run), '<meta http-equiv="refresh"')

    def test_is_for_its_owner_only(self):
        run = an_embedding(a_user())
        self.assertEqual(self.page_of(run).status_code, 404)
        self.assertEqual(self.file_of(run, "vectors.csv").status_code, 404)
        for name in ("embedding_again", "embedding_stop"):
            self.assertEqual(self.client.post(reverse(f"playground:{name}", args=[run.pk])).status_code, 404)

    def test_another_operations_run_is_not_here(self):
        self.assertEqual(self.page_of(an_embedding(self.user, operation="speech")).status_code, 404)


class AgainTests(Case):
    def test_the_same_request_once_more(self):
        run = an_embedding(self.user, about={"begins": "x", "labels": ["a", "b", "c"], "texts": 3})
        self.client.post(reverse("playground:embedding_again", args=[run.pk]), {"token": "u" * 20}, headers=HTMX)
        made = Run.objects.exclude(pk=run.pk).get()
        self.assertEqual((made.request, made.about), (run.request, run.about))

    @override_settings(CONNECTOR_CALLS_A_MINUTE=1)
    def test_a_limit_is_said(self):
        run = an_embedding(self.user)
        answer = self.client.post(reverse("playground:embedding_again", args=[run.pk]), headers=HTMX)
        self.assertContains(answer, "The limit of 1 request a minute is reached.", status_code=429)


class DeleteTests(Case):
    def test_texts_and_vectors_go(self):
        run = an_embedding(self.user)
        file = run.outputs.get()
        with self.captureOnCommitCallbacks(execute=True):
            answer = self.client.post(reverse("playground:embedding_delete", args=[run.pk]))
        self.assertRedirects(answer, PAGE)
        self.assertFalse(Run.objects.filter(pk=run.pk).exists() or StoredFile.objects.filter(pk=file.pk).exists())
        self.assertFalse(file.file.storage.exists(file.file.name))

    def test_in_the_record_stays_that_something_was_asked(self):
        run = an_embedding(self.user)
        call = a_call(self.user, run=run, operation="embeddings")
        self.client.post(reverse("playground:embedding_delete", args=[run.pk]))
        self.assertFalse(CallContent.objects.filter(call=call).exists())
        self.assertTrue(Call.objects.filter(pk=call.pk).exists())


class DownloadTests(Case):
    def test_vectors_as_csv(self):
        texts = ["=HYPERLINK(1)", "two"]
        run = an_embedding(self.user, texts, 8, about={"labels": ["@a", "b"], "texts": 2})
        answer = self.file_of(run, "vectors.csv")
        self.assertIn("attachment", answer["Content-Disposition"])
        rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
        self.assertEqual(rows[0][:4], ["number", "text", "label", "0"])
        self.assertEqual(rows[1][:3], ["1", "'=HYPERLINK(1)", "'@a"])
        self.assertEqual(array("f", map(float, rows[2][3:])), array("f", sandbox.vector("two", 8)))

    def test_vectors_for_numpy(self):
        run = an_embedding(self.user, ["one", "two"], 8)
        content = b"".join(self.file_of(run, "vectors.npy"))
        length = int.from_bytes(content[8:10], "little")
        self.assertIn(b"'shape': (2, 8)", content[:128])
        self.assertEqual(array("f", content[10 + length :])[8:], array("f", sandbox.vector("two", 8)))

    def test_similarity_as_csv(self):
        run = an_embedding(self.user)
        rows = list(csv.reader(io.StringIO(b"".join(self.file_of(run, "similarity.csv")).decode("utf-8-sig"))))
        self.assertEqual(rows[0], ["number", "text", "1", "2", "3"])
        self.assertEqual((rows[1][:3]), ["1", TEXTS[0], "1.0"])
        self.assertEqual(rows[1][3], rows[2][2])

    def test_nothing_else_can_be_had(self):
        self.assertEqual(self.file_of(an_embedding(self.user), "secrets.txt").status_code, 404)
        going = an_embedding(self.user, state=Run.State.SENDING, answer={})
        self.assertEqual(self.file_of(going, "vectors.csv").status_code, 404)


class HistoryTests(Case):
    def test_newest_first_and_a_page_at_a_time(self):
        runs = [an_embedding(self.user, [f"text {number}"], 2) for number in range(23)]
        an_embedding(a_user(), ["somebody else's"], 2)
        page = self.client.get(PAGE)
        self.assertContains(page, "text 22")
        self.assertNotContains(page, "text 2<")
        self.assertNotContains(page, "somebody else")
        older = self.client.get(PAGE, {"before": runs[3].pk})
        self.assertContains(older, "text 2<")
        self.assertEqual(self.client.get(PAGE, {"before": "x"}).status_code, 404)

    def test_queries_do_not_grow_and_texts_are_not_read(self):
        an_embedding(self.user, ["secret " * 20], 2, about={"begins": "x", "texts": 1})
        counts = []
        for _ in range(2):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                self.client.get(PAGE)
            counts.append(len(queries))
            for number in range(5):
                an_embedding(self.user, [f"t{number}"], 2)
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[1], 12)
        self.assertNotIn("secret", json.dumps([query["sql"] for query in queries.captured_queries]))
