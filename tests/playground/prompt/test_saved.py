"""Prompts that are kept under a name: versions that are added, looked at, compared, restored; and never changed."""

import json

from django.test import TestCase
from django.urls import reverse

from connector.client import errors
from connector.models import Configuration, SavedPrompt, SavedPromptVersion
from connector.models.saved_prompt import MOST_VERSIONS
from playground.prompt import differing
from playground.prompt.examples import SCHEMA
from playground.prompt.views import saved
from tests.builders import a_configuration, a_user

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
SAVE, LIST, PAGE = (reverse(f"playground:{name}") for name in ("prompt_save", "saved_prompts", "prompt"))


class Case(TestCase):
    def setUp(self):
        Configuration.objects.all().delete()
        self.user = a_user()
        self.configuration = a_configuration()
        self.client.force_login(self.user)

    def kept(self, name="Mine", user=None, **fields):
        return SavedPrompt.objects.keep(user or self.user, name, **({"question": "Why?"} | fields))

    def save(self, headers=HTMX, **fields):
        given = {"configuration": self.configuration.pk, "model": "sandbox", "operation": "responses", "name": "Mine"}
        return self.client.post(SAVE, given | {"question": "Why {{x}}?"} | fields, headers=headers)

    def page(self, version, query=""):
        return self.client.get(reverse("playground:saved_prompt", args=[version.prompt_id]) + query)

    def post(self, verb, key, **fields):
        return self.client.post(reverse(f"playground:saved_prompt{verb}", args=[key]), fields)


class SaveTests(Case):
    def test_keeps_everything_that_is_in_the_form(self):
        answer = self.save(
            system="Be brief.",
            v_x="not",
            p_temperature="0.5",
            format="json_schema",
            schema=json.dumps(SCHEMA),
            strict="on",
        )
        self.assertContains(answer, "version 1 of “Mine”")
        version = SavedPromptVersion.objects.get()
        self.assertEqual(
            (version.operation, version.configuration, version.model), ("responses", self.configuration, "sandbox")
        )
        self.assertEqual((version.system_prompt, version.question), ("Be brief.", "Why {{x}}?"))
        self.assertEqual((version.values, version.parameters["temperature"]), ({"x": "not"}, 0.5))
        self.assertEqual(version.parameters["response_format"]["json_schema"]["schema"], SCHEMA)
        page = self.client.get(f"{PAGE}?saved={version.pk}")
        for words in (
            "\nBe brief.</textarea>",
            "\nWhy {{x}}?</textarea>",
            "\nnot</textarea>",
            'value="Mine"',
            "known_for",
        ):
            self.assertContains(page, words)
        self.assertContains(page, 'value="responses" checked')

    def test_the_same_name_adds_a_version_unless_it_says_the_same(self):
        self.save()
        self.save(question="Why not?")
        self.assertContains(self.save(question="Why not?"), "version 2 of")
        self.assertEqual(list(SavedPromptVersion.objects.values_list("number", flat=True)), [2, 1])
        self.save(name="Another")
        self.assertEqual(SavedPrompt.objects.count(), 2)

    def test_names_of_others_are_theirs(self):
        self.kept(user=a_user())
        self.assertContains(self.save(), "version 1 of")

    def test_without_a_name_or_with_a_mistake_nothing_is_kept(self):
        self.assertContains(self.save(name=" "), "A prompt needs a name", status_code=422)
        self.assertContains(self.save(tools="[1"), "Line 1", status_code=422)
        self.assertFalse(SavedPrompt.objects.exists())

    def test_without_any_text_nothing_is_kept(self):
        self.assertContains(self.save(question=" "), "no text yet to keep", status_code=422)
        self.assertEqual(SavedPrompt.objects.count(), 0)
        self.assertEqual(self.save(question="", system="Be brief.").status_code, 200)

    def test_without_a_script_it_leads_to_the_form_again(self):
        answer = self.save({})
        self.assertRedirects(answer, f"{PAGE}?saved={SavedPromptVersion.objects.get().pk}")


class PageTests(Case):
    def test_lists_them_last_changed_first_and_goes_on(self):
        self.assertContains(self.client.get(LIST), "Nothing is saved yet")
        names = [f"Prompt {n:02}" for n in range(saved.AT_ONCE + 2)]
        for name in names:
            self.kept(name)
        self.kept(names[0], question="Why not?")
        self.kept("Not mine", a_user())
        first = self.client.get(LIST)
        self.assertLess(first.text.index(names[0]), first.text.index(names[-1]))
        self.assertContains(first, "version 2")
        self.assertNotContains(first, "Not mine")
        self.assertNotContains(first, names[1])
        after = SavedPrompt.objects.get(name=names[3] if names[3] in first.text else names[4]).pk
        self.assertContains(first, "?after=")
        self.assertContains(self.client.get(f"{LIST}?after={after}"), names[1])

    def test_shows_a_version_and_compares_it_with_another(self):
        first = self.kept(question="One\nTwo\nThree", values={"a": "1"})
        second = self.kept(question="One\n2\nThree", model="sandbox")
        page = self.page(second)
        self.assertContains(page, "Version 2")
        self.assertContains(page, "One\n2\nThree")
        self.assertContains(self.page(second, "?version=1"), "One\nTwo\nThree")
        compared = self.page(second, f"?version=2&with={first.number}")
        self.assertContains(compared, "<del>Two</del>")
        self.assertContains(compared, "<ins>2</ins>")
        self.assertContains(compared, "<span>Three</span>")
        self.assertEqual([part.name for part in differing.parts(first, second)], ["Prompt", "Values", "Model"])
        self.assertContains(self.page(second, "?version=2&with=2"), "Both say the same")
        self.assertContains(self.page(second, "?version=9&with=x"), "Version 2")

    def test_unchanged_lines_far_from_a_change_are_left_out(self):
        lines = [str(n) for n in range(100)]
        first = self.kept(question="\n".join(lines))
        second = self.kept(question="\n".join(["new", *lines[1:98], "new", lines[99]]))
        (part,) = differing.parts(first, second)
        self.assertEqual([line.kind for line in part.lines].count("left_out"), 1)
        self.assertLess(len(part.lines), 20)

    def test_restores_a_version_by_adding_one(self):
        first = self.kept(question="One")
        self.kept(question="Two")
        self.assertRedirects(
            self.post("_restore", first.pk), reverse("playground:saved_prompt", args=[first.prompt_id])
        )
        newest = first.prompt.versions.first()
        self.assertEqual((newest.number, newest.question), (3, "One"))

    def test_restores_nothing_where_there_are_too_many_versions(self):
        first = self.kept(question="One")
        first.prompt.versions.create(number=MOST_VERSIONS, question="Two")
        self.assertContains(self.post("_restore", first.pk), "1000 versions are enough", status_code=422)

    def test_renames_and_refuses_a_name_that_is_taken(self):
        version, other = self.kept("Mine"), self.kept("Other")
        self.post("_rename", version.prompt_id, name="  New\nname ")
        self.assertEqual(SavedPrompt.objects.get(pk=version.prompt_id).name, "New name")
        for name, words in (("Other", "you have a prompt with this name"), (" ", "a prompt needs a name")):
            refused = self.post("_rename", version.prompt_id, name=name)
            self.assertContains(refused, words[1:], status_code=422)
        self.assertTrue(SavedPrompt.objects.filter(pk=other.prompt_id, name="Other").exists())

    def test_deletes_all_versions(self):
        version = self.kept()
        self.assertRedirects(self.post("_delete", version.prompt_id), LIST)
        self.assertFalse(SavedPromptVersion.objects.exists())

    def test_a_configuration_that_is_gone_leaves_the_prompt(self):
        version = self.kept(configuration=self.configuration)
        self.configuration.delete()
        self.assertEqual(self.page(version).status_code, 200)
        self.assertEqual(self.client.get(f"{PAGE}?saved={version.pk}").status_code, 200)

    def test_names_have_an_end(self):
        version = self.kept("x" * 500)
        self.assertLessEqual(len(version.prompt.name), 100)
        with self.assertRaises(errors.InvalidParameter):
            self.kept("\n ")
