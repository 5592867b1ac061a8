"""The form of prompts: what it offers, what is asked, what is refused where it was typed, and files that go along."""

import json

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.urls import reverse

from connector.models import ApiType, ChatCompletionsSession, Configuration, Run, StoredFile, prompting
from playground.prompt.examples import SCHEMA, TOOLS
from tests.builders import a_configuration, a_prompt, a_user, an_openai, an_upload
from tests.pictures import a_picture

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
PAGE, ASK, FORM = (reverse(f"playground:{name}") for name in ("prompt", "prompt_ask", "prompt_form"))
CALL = {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": '{"place": "Bergen"}'}}


class Case(TestCase):
    def setUp(self):
        Configuration.objects.all().delete()  # the first one of an empty database
        self.user = a_user()
        self.configuration = a_configuration()
        self.client.force_login(self.user)

    def posted(self, **fields):
        fixed = {"configuration": self.configuration.pk, "model": "sandbox", "question": "Why?"}
        return {"operation": "chat_completions"} | fixed | fields

    def ask(self, headers=HTMX, **fields):
        return self.client.post(ASK, self.posted(**fields), headers=headers)

    def choose(self, headers=HTMX, **fields):
        return self.client.post(FORM, self.posted(**fields), headers=headers)

    def run_(self):
        return Run.objects.select_related("session", "configuration").get(user=self.user)

    def refused(self, words, status=422, **fields):
        answer = self.ask(**fields)
        self.assertContains(answer, words, status_code=status)
        self.assertFalse(Run.objects.exists())
        return answer


class FormTests(Case):
    def test_an_empty_page_teaches(self):
        page = self.client.get(PAGE)
        self.assertContains(page, "One prompt, one answer")
        for example in ("variables", "schema", "tools"):
            self.assertContains(page, f"?example={example}")
            self.assertEqual(self.client.get(f"{PAGE}?example={example}").status_code, 200)
        self.assertContains(self.client.get(f"{PAGE}?example=schema"), "&quot;additionalProperties&quot;: false")
        self.assertContains(self.client.get(f"{PAGE}?example=variables"), 'name="v_reader"')

    def test_offers_what_the_operation_takes(self):
        chat = self.choose()
        self.assertContains(chat, 'name="p_max_completion_tokens"')
        self.assertContains(chat, 'name="p_stop"')
        responses = self.choose(operation="responses")
        self.assertContains(responses, 'name="p_max_output_tokens"')
        self.assertNotContains(responses, 'name="p_stop"')
        self.assertContains(responses, 'name="p_tool_choice_object"')
        completions = self.choose(operation="completions", was="chat_completions")
        self.assertContains(completions, 'name="p_best_of"')
        self.assertContains(completions, "<option selected>sandbox-completion</option>")
        for answer in (chat, responses, completions):
            self.assertNotContains(answer, 'name="p_response_format"')
            self.assertNotContains(answer, 'name="p_tools"')

    def test_says_that_openai_serves_no_text_completions(self):
        self.configuration = an_openai()
        self.configuration.open_to_everyone = True
        self.configuration.save()
        answer = self.choose(operation="completions", model="other:", other_model="")
        self.assertContains(answer, "OpenAI has had no model for it since 28 September 2026")

    def test_what_another_operation_takes_is_there_again_when_one_goes_back(self):
        there = self.choose(operation="responses", was="chat_completions", p_stop="END", p_max_completion_tokens="99")
        self.assertContains(there, '<input type="hidden" name="p_stop" value="END">')
        self.assertContains(there, 'name="p_max_output_tokens" value="99"')
        back = self.choose(was="responses", p_stop="END", p_max_output_tokens="99")
        self.assertContains(back, 'name="p_max_completion_tokens" value="99"')
        self.ask(operation="responses", p_stop="END")
        self.assertNotIn("stop", self.run_().request)

    def test_variables_get_fields_as_they_are_typed(self):
        headers = HTMX | {"HX-Target": "div#variables"}
        answer = self.choose(headers, question='{{a}} {{"x": 1}}', system="{{b}} {{a}}", v_a="one")
        self.assertContains(answer, 'name="v_a"', count=1)
        self.assertContains(answer, 'name="v_b"', count=1)
        self.assertContains(answer, ">\none</textarea>")
        self.assertContains(answer, "<code>{{&quot;x&quot;: 1}}</code>")
        wrong = self.choose(headers, question="{{a}}", p_temperature="9")
        self.assertEqual(wrong.status_code, 200)

    def test_an_example_is_put_where_nothing_is(self):
        self.assertContains(self.choose(insert="schema"), "known_for")
        self.assertContains(self.choose(insert="tools"), "get_weather")
        self.assertNotContains(self.choose(insert="tools", tools="[1]"), "get_weather", status_code=422)

    def test_works_without_a_script(self):
        page = self.choose({}, question="{{a}}", operation="responses")
        self.assertContains(page, 'name="v_a"')
        self.assertContains(page, 'name="p_max_output_tokens"')
        self.assertContains(page, "<noscript><button")

    def test_a_configuration_of_others_is_refused(self):
        other = a_configuration(open_to_everyone=False)
        self.refused("may not be used any more", configuration=other.pk)

    def test_without_a_configuration_it_says_what_to_do(self):
        self.configuration.delete()
        self.assertContains(self.client.get(PAGE), "No configuration yet")


class AskTests(Case):
    def test_makes_a_run_and_shows_it(self):
        answer = self.ask(
            question="Hi {{name}}", system="Be {{how}}.", v_name="Ada", v_how="brief", p_temperature="0.5"
        )
        run = self.run_()
        self.assertContains(answer, f'id="run-{run.pk}"')
        self.assertContains(answer, "data-going")
        self.assertContains(answer, "Hi Ada")
        self.assertEqual((run.kind, run.system_prompt), ("prompt", "Be brief."))
        self.assertEqual(run.request, {"model": "sandbox", "temperature": 0.5})
        self.assertEqual(prompting.conversation(run), [{"role": "user", "content": "Hi Ada"}])
        template = {"system": "Be {{how}}.", "question": "Hi {{name}}", "values": {"how": "brief", "name": "Ada"}}
        self.assertEqual(run.session.template, {"operation": "chat_completions"} | template)

    def test_every_operation(self):
        for operation, model in (("responses", "sandbox"), ("completions", "sandbox-completion")):
            self.assertEqual(self.ask(operation=operation, model=model, system="Be brief.").status_code, 200)
            run = Run.objects.latest("pk")
            self.assertEqual((run.operation, run.model), (operation, model))

    def test_a_used_token_asks_once(self):
        for _ in range(2):
            self.assertEqual(self.ask(token="t").status_code, 200)
        self.assertEqual(Run.objects.count(), 1)

    def test_without_a_script_it_leads_to_the_answer_with_the_form_filled(self):
        answer = self.ask({}, question="Hi {{name}}", v_name="Ada")
        run = self.run_()
        self.assertRedirects(answer, f"{PAGE}?from={run.session_id}#run-{run.pk}", fetch_redirect_response=False)
        page = self.client.get(answer["Location"])
        self.assertContains(page, "\nHi {{name}}</textarea>")
        self.assertContains(page, "\nAda</textarea>")
        self.assertContains(page, '<noscript><meta http-equiv="refresh"')

    def test_an_empty_prompt_is_refused_and_a_system_prompt_alone_is_one(self):
        self.refused("There is nothing to send", question=" ")
        self.assertEqual(self.ask(question="", system="Say something.").status_code, 200)

    def test_a_variable_without_a_value_is_refused_at_its_field(self):
        answer = self.refused("Say what stands in the place of {{a}}.", question="{{a}} {{b}}", v_a=" ", v_b="x")
        self.assertContains(answer, 'id="set-v_a" name="v_a" rows="1" data-grow aria-invalid="true"', status_code=422)
        self.assertContains(answer, "\nx</textarea>", status_code=422)

    def test_a_text_that_is_too_long_once_it_is_filled_in_is_refused(self):
        self.refused("64 kB", question="x" * 65_537)
        self.refused("its variables filled in", question="{{a}}{{a}}", v_a="x" * 40_000)
        self.refused("50 variables at most", question=" ".join(f"{{{{v{n}}}}}" for n in range(51)))

    def test_a_parameter_out_of_range_is_refused_at_its_field(self):
        self.refused("too high", p_temperature="3")
        self.refused("16 or more", operation="responses", p_max_output_tokens="3")

    def test_a_chat_model_for_text_completions_is_refused_with_what_to_do(self):
        self.configuration = a_configuration(api_type=ApiType.OPENAI, endpoint="")
        self.refused("ask it under Chat instead", operation="completions", model="other:", other_model="gpt-6-luna")

    def test_a_limit_says_when_there_is_room_again(self):
        with self.settings(CONNECTOR_SENDS_A_MINUTE=1):
            self.ask()
            answer = self.ask()
        self.assertEqual(answer.status_code, 429)
        self.assertIn("Retry-After", answer)

    def test_what_was_typed_is_kept_when_nothing_is_sent(self):
        page = self.ask({}, question="{{a}}", system="Be brief.", tools="[1", name="Mine", p_stop="END")
        self.assertEqual(page.status_code, 422)
        for typed in ("\n{{a}}</textarea>", "\nBe brief.</textarea>", "\n[1</textarea>", 'value="Mine"', "END"):
            self.assertContains(page, typed, status_code=422)


class FormatTests(Case):
    def schema(self, schema, **fields):
        text = schema if isinstance(schema, str) else json.dumps(schema, indent=2)
        return {"format": "json_schema", "strict": "on", "schema": text} | fields

    def test_a_schema_is_sent_with_its_name(self):
        self.ask(**self.schema(SCHEMA, schema_name="person"))
        described = {"name": "person", "strict": True, "schema": SCHEMA}
        self.assertEqual(self.run_().request["response_format"], {"type": "json_schema", "json_schema": described})
        page = self.client.get(f"{PAGE}?from={self.run_().session_id}")
        self.assertContains(page, 'value="person"')
        self.assertContains(page, "&quot;known_for&quot;")
        self.assertContains(page, 'name="strict" checked')

    def test_a_json_object_is_a_format(self):
        for operation in ("chat_completions", "responses"):
            self.ask(operation=operation, format="json_object")
        chat, responses = (
            Run.objects.get(operation=operation).request for operation in ("chat_completions", "responses")
        )
        self.assertEqual(chat["response_format"], {"type": "json_object"})
        self.assertEqual(responses["text"], {"format": {"type": "json_object"}})

    def test_a_mistake_is_told_with_its_line(self):
        answer = self.refused("Line 3, column 3", **self.schema('{\n  "type": "object",\n  properties: {}\n}'))
        self.assertContains(answer, 'data-line="3" data-column="3"', status_code=422)
        self.assertContains(answer, "<mark>p</mark>roperties: {}", status_code=422)
        self.refused("must say additionalProperties: false", **self.schema({"type": "object", "properties": {}}))
        self.refused("Write the schema", **self.schema(""))

    def test_also_while_the_form_is_filled_in(self):
        self.assertContains(self.choose(**self.schema("{")), "Line 1, column 2", status_code=422)
        self.assertEqual(self.choose(**self.schema("")).status_code, 200)

    def test_a_schema_without_an_end_is_refused(self):
        self.refused("100 levels", **self.schema('{"items":' * 1000 + "{}" + "}" * 1000))
        self.refused("only lead to this schema", **self.schema({"$ref": "https://evil.example/schema"}, strict=""))
        itself = {
            "type": "object",
            "properties": {"next": {"$ref": "#"}},
            "required": ["next"],
            "additionalProperties": False,
        }
        self.assertEqual(self.ask(**self.schema(itself)).status_code, 200)

    def test_text_completions_have_none(self):
        self.ask(operation="completions", model="sandbox-completion", tools="[1", **self.schema("{"))
        self.assertEqual(self.run_().request, {"model": "sandbox-completion"})


class ToolTests(Case):
    def asked_for(self, **fields):
        session = a_prompt(self.user, answer="", tool_calls=[CALL], request={"tools": TOOLS}, **fields)
        return session.leaf

    def give(self, answer, headers=HTMX, **fields):
        return self.client.post(reverse("playground:prompt_results", args=[answer.pk]), fields, headers=headers)

    def test_tools_are_sent_and_what_is_wrong_is_told(self):
        self.refused("a tool is an object with a type", tools='[{"name": "f"}]')
        self.refused("choose Responses", tools='[{"type": "web_search"}]')
        self.ask(tools=json.dumps(TOOLS), p_tool_choice="required")
        self.assertEqual((self.run_().request["tools"], self.run_().request["tool_choice"]), (TOOLS, "required"))

    def test_a_call_is_shown_with_a_field_for_its_result(self):
        answer = self.asked_for()
        page = self.client.get(PAGE)
        self.assertContains(page, f'id="results-{answer.pk}"')
        self.assertContains(page, "{&quot;place&quot;: &quot;Bergen&quot;}")
        self.assertContains(page, 'name="result_0"')

    def test_a_result_goes_on_with_the_exchange(self):
        answer = self.asked_for()
        said = self.give(answer, result_0="12 degrees", token="t")
        second = Run.objects.latest("pk")
        self.assertContains(said, f'id="run-{second.pk}"')
        self.assertContains(said, "12 degrees")
        self.assertNotContains(said, 'name="result_0"')
        self.assertEqual([one["role"] for one in prompting.conversation(second)], ["user", "assistant", "tool"])
        self.assertEqual(self.give(answer, result_0="12 degrees", token="t").status_code, 200)
        self.assertEqual(Run.objects.count(), 2)

    def test_a_missing_result_is_refused_with_what_was_typed(self):
        answer = self.asked_for()
        for headers in (HTMX, {}):
            said = self.give(answer, headers, result_0=" ")
            self.assertContains(said, "Write what get_weather returned.", status_code=422)
            self.assertContains(said, 'name="result_0"', status_code=422)
        long = self.give(answer, result_0="x" * 65_537)
        self.assertContains(long, "64 kB at most", status_code=422)
        self.assertContains(long, "x" * 65_537, status_code=422)
        self.assertEqual(Run.objects.count(), 1)

    def test_without_a_script_it_leads_back_to_the_prompt(self):
        answer = self.asked_for()
        said = self.give(answer, {}, result_0="12 degrees")
        second = Run.objects.latest("pk")
        to = f"{PAGE}?from={answer.session_id}#run-{second.pk}"
        self.assertRedirects(said, to, fetch_redirect_response=False)


class FileTests(Case):
    def file(self, name="cat.png", content=None):
        return SimpleUploadedFile(name, a_picture() if content is None else content)

    def test_pictures_and_files_go_along_and_stay_in_the_form(self):
        answer = self.ask(files=[self.file(), self.file("notes.md", b"# Notes")])
        run = self.run_()
        picture, notes = prompting.files_of(run)
        self.assertEqual((picture.media_type, notes.media_type), ("image/png", "text/markdown"))
        for file in (picture, notes):
            self.assertContains(answer, f'name="upload" value="{file.public_id}" checked')
            self.assertContains(answer, reverse("playground:file", args=[file.public_id]))
        page = self.client.get(f"{PAGE}?from={run.session_id}")
        self.assertContains(page, f'name="upload" value="{notes.public_id}" checked')

    def test_one_that_is_kept_goes_along_again(self):
        upload = an_upload(self.user)
        self.ask(upload=[upload.public_id, upload.public_id])
        self.assertEqual(prompting.files_of(self.run_()), [upload])

    def test_what_cannot_go_along_is_told_and_the_rest_is_kept(self):
        answer = self.refused("a model reads pictures", files=[self.file(), self.file("a.zip", b"PK\x03\x04\xff")])
        self.assertContains(answer, "“a.zip”", status_code=422)
        kept = StoredFile.objects.get()
        self.assertContains(answer, f'name="upload" value="{kept.public_id}" checked', status_code=422)
        self.refused("is empty", files=[self.file("a.txt", b"")])
        self.refused("16 at most", files=[self.file("a.txt", b"a")] * 17)
        self.refused("take no pictures", operation="completions", model="sandbox-completion", upload=kept.public_id)

    def test_more_than_there_is_room_for_is_told(self):
        with self.settings(CONNECTOR_BYTES_STORED=10):
            self.refused("10 bytes that you may keep", files=[self.file()])

    def test_more_than_can_go_along_is_told_at_the_files(self):
        upload = an_upload(self.user)
        StoredFile.objects.update(bytes=prompting.MOST_BYTES + 1)
        self.refused("25 MB can go along", upload=upload.public_id)

    def test_a_file_alone_is_a_prompt(self):
        self.ask(question="", upload=an_upload(self.user).public_id)
        self.assertEqual(ChatCompletionsSession.objects.get().title, "")
