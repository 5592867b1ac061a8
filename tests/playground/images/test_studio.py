"""The studio: what its form offers, what is asked, and what is shown of it."""

import uuid

from django.db import connection
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from connector.models import Configuration, GeneratedImage, Price, Run
from connector.runs import unstored
from tests.builders import a_configuration, a_drawing, a_user, an_image
from tests.pictures import a_picture

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
STUDIO, ASK, FORM = (reverse(f"playground:{name}") for name in ("images", "images_ask", "images_form"))


class Case(TestCase):
    def setUp(self):
        Configuration.objects.all().delete()  # the first one of an empty database
        self.user = a_user()
        self.configuration = a_configuration(model_default_images="sandbox-image-fast")
        self.client.force_login(self.user)

    def posted(self, **fields):
        fixed = {"configuration": self.configuration.pk, "model": "sandbox-image-fast", "prompt": "A lighthouse"}
        return {name: value for name, value in (fixed | fields).items() if value is not None}

    def ask(self, headers=HTMX, **fields):
        return self.client.post(ASK, self.posted(**fields), headers=headers)

    def choose(self, headers=HTMX, **fields):
        return self.client.post(FORM, self.posted(**fields), headers=headers)

    def run_(self):
        return Run.objects.get(user=self.user)


class FormTests(Case):
    def test_offers_what_the_model_takes(self):
        page = self.client.get(STUDIO)
        for name in ("size", "quality", "n", "background", "output_format", "moderation"):
            self.assertContains(page, f'name="p_{name}"')
        self.assertNotContains(page, 'name="p_style"')
        self.assertContains(page, 'name="p_size_width"')
        other = self.choose(model="sandbox-image-url")
        self.assertContains(other, 'name="p_style"')
        self.assertNotContains(other, 'value="vivid"')  # the default is not sent
        self.assertContains(other, 'value="natural"')
        self.assertNotContains(other, 'name="p_size_width"')
        self.assertNotContains(other, 'name="p_background"')

    def test_offers_what_goes_along_with_a_choice(self):
        for output_format, compression, frames in (("", 0, 0), ("jpeg", 1, 0), ("gif", 0, 1)):
            answer = self.choose(p_output_format=output_format)
            self.assertContains(answer, 'name="p_output_compression"', count=compression)
            self.assertContains(answer, 'name="p_frame_count"', count=frames)

    def test_what_another_model_does_not_take_is_kept_and_said(self):
        answer = self.choose(model="sandbox-image-url", p_background="transparent")
        self.assertContains(answer, "Background (transparent) is not taken by sandbox-image-url: kept, not sent.")
        self.assertContains(answer, '<input type="hidden" name="p_background" value="transparent">')
        forgotten = self.choose(model="sandbox-image-url", p_background="transparent", reset="background")
        self.assertNotContains(forgotten, "p_background")

    def test_a_size_of_ones_own_against_the_rules_is_said_at_the_field(self):
        answer = self.choose(p_size="own:", p_size_width="1000", p_size_height="700")
        self.assertContains(answer, "1000x700 cannot be drawn", status_code=422)
        self.assertContains(answer, 'name="p_size_width" value="1000"', status_code=422)
        self.assertContains(answer, 'value="own:" checked', status_code=422)
        for width, height in (("", ""), ("many", "64")):
            answer = self.choose(p_size="own:", p_size_width=width, p_size_height=height)
            self.assertContains(answer, "is no size", status_code=422)
        self.assertEqual(self.choose(p_size="own:", p_size_width="1008", p_size_height="704").status_code, 200)

    def test_a_size_that_the_next_model_does_not_have_is_not_lost_in_silence(self):
        answer = self.choose(model="sandbox-image-url", p_size="1536x1024")
        self.assertContains(answer, "“1536x1024” is not one of its values", status_code=422)
        self.assertContains(answer, 'value="1536x1024" checked', status_code=422)

    def test_another_model_can_be_named(self):
        answer = self.choose(model="other:", other_model="")
        self.assertEqual(answer.status_code, 200)
        self.assertContains(answer, "Write the model&#x27;s name")
        answer = self.choose(model="other:", other_model="of-our-own")
        self.assertContains(answer, 'value="of-our-own"')
        self.assertContains(answer, 'name="p_style"')  # nobody knows what it takes: everything is offered

    def test_an_unknown_price_is_unpriced_and_not_zero(self):
        self.configuration.api_type = "openai_compatible"
        self.configuration.endpoint = "http://127.0.0.1:9/v1"
        self.configuration.save()
        page = self.client.get(STUDIO)
        self.assertContains(page, "Unpriced")
        self.assertNotContains(page, "$0")

    def test_what_is_paid_by_the_token_says_so_and_a_price_entered_in_the_admin_holds(self):
        self.configuration.api_type, self.configuration.endpoint = "openai", ""
        self.configuration.model_default_images = "gpt-image-2"
        self.configuration.save()
        self.assertContains(self.client.get(STUDIO), "Paid by the token")
        Price.objects.create(model="gpt-image-2", kind="image", amount="0.04", per=1)
        self.assertContains(self.client.get(STUDIO), "About <strong>$0.04")

    def test_without_a_script_the_page_comes_back_with_what_was_chosen(self):
        page = self.choose(headers={}, p_quality="high", prompt="Typed before")
        self.assertContains(page, "<title>")
        self.assertContains(page, "Typed before")
        self.assertContains(page, 'value="high" checked')

    def test_no_configuration_is_explained(self):
        self.configuration.delete()
        page = self.client.get(STUDIO)
        self.assertContains(page, "No configuration yet")
        self.assertNotContains(page, "Generate")


class OpeningTests(Case):
    def test_goes_on_with_what_was_asked_last_without_its_prompt(self):
        a_drawing(self.user, prompt="The one before", request={"quality": "high", "size": "1008x704", "n": 2})
        page = self.client.get(STUDIO)
        self.assertContains(page, 'value="high" checked')
        self.assertContains(page, 'name="p_size_width" value="1008"')
        self.assertContains(page, 'name="p_n" value="2" checked')
        self.assertNotContains(page, "The one before</textarea>")

    def test_from_a_picture_fills_everything_in(self):
        image = an_image(
            self.user, prompt="A <b>cat</b>", configuration=self.configuration, parameters={"quality": "low"}
        )
        page = self.client.get(STUDIO, {"from": image.public_id})
        self.assertContains(page, "A &lt;b&gt;cat&lt;/b&gt;</textarea>")
        self.assertContains(page, 'value="low" checked')
        only = self.client.get(STUDIO, {"prompt_of": image.public_id})
        self.assertContains(only, "A &lt;b&gt;cat&lt;/b&gt;</textarea>")

    def test_somebody_elses_picture_is_not_there(self):
        image = an_image(a_user())
        for name in ("from", "prompt_of"):
            self.assertEqual(self.client.get(STUDIO, {name: image.public_id}).status_code, 404)
            self.assertEqual(self.client.get(STUDIO, {name: uuid.uuid4()}).status_code, 404)
            self.assertEqual(self.client.get(STUDIO, {name: "no id"}).status_code, 200)

    def test_a_configuration_that_may_not_be_used_any_more_is_not_gone_back_to(self):
        image = an_image(self.user, configuration=self.configuration, prompt="A cat")
        self.configuration.enabled = False
        self.configuration.save()
        other = a_configuration(model_default_images="sandbox-image")
        page = self.client.get(STUDIO, {"from": image.public_id})
        self.assertContains(page, f'<option value="{other.pk}" selected>')
        self.assertContains(page, "A cat</textarea>")


class AskTests(Case):
    def test_its_pictures_are_waited_for_at_once(self):
        answer = self.ask(p_n="3", p_size="1536x1024")
        run = self.run_()
        self.assertEqual((run.kind, run.request["n"], run.request["size"]), ("image", 3, "1536x1024"))
        self.assertContains(answer, 'class="tile waiting"', count=3)
        self.assertContains(answer, 'viewBox="0 0 1536 1024"', count=3)
        self.assertContains(answer, f'hx-sse:connect="{reverse("playground:image_events", args=[run.pk])}"')

    def test_only_what_was_set_is_sent(self):
        self.ask(p_quality="", p_n="")
        self.assertEqual(set(self.run_().request), {"model", "prompt"})

    def test_sent_twice_is_drawn_once(self):
        first, second = self.ask(token="once"), self.ask(token="once")
        run = self.run_()
        self.assertEqual((first.status_code, second.status_code), (200, 200))
        self.assertContains(second, f'<hx-partial hx-target="#run-{run.pk}" hx-swap="delete">')
        self.assertEqual(run.images.count(), 1)

    def test_without_a_script_the_page_shows_the_run_and_the_form_as_it_was(self):
        answer = self.ask(headers={}, prompt="Kept words")
        run = self.run_()
        address = f"{STUDIO}?from={run.images.get().public_id}#run-{run.pk}"
        self.assertRedirects(answer, address, fetch_redirect_response=False)
        page = self.client.get(address)
        self.assertContains(page, '<noscript><meta http-equiv="refresh"', count=1)
        self.assertContains(page, "Kept words</textarea>")

    def test_an_example_is_its_own_prompt(self):
        self.ask(example="A paper boat", prompt="")
        self.assertEqual(self.run_().request["prompt"], "A paper boat")

    def test_more_pictures_than_the_model_draws_at_once(self):
        answer = self.ask(model="sandbox-image-url", p_n="4")
        self.assertContains(answer, 'class="tile waiting"', count=4)

    def assertRefused(self, answer, text, status=422):
        self.assertContains(answer, text, status_code=status)
        self.assertEqual(Run.objects.count(), 0)
        self.assertEqual(GeneratedImage.objects.count(), 0)

    def test_nothing_to_show_is_refused(self):
        for prompt in ("", "  \n "):
            self.assertRefused(self.ask(prompt=prompt), "Write what the picture shall show first.")

    def test_a_prompt_over_the_models_limit_is_refused_at_its_field_and_kept(self):
        long = "far too long " * 400
        self.assertRefused(self.ask(model="sandbox-image-url", prompt=long), "at most 4000")
        page = self.ask(model="sandbox-image-url", prompt=long, headers={})
        self.assertRefused(page, "at most 4000")
        self.assertContains(page, long.strip(), status_code=422)

    def test_a_value_out_of_range_is_refused_at_its_field(self):
        answer = self.ask(p_output_format="jpeg", p_output_compression="101")
        self.assertRefused(answer, "101 is too high")
        self.assertContains(answer, 'value="101"', status_code=422)

    @override_settings(CONNECTOR_IMAGES_A_MINUTE=2)
    def test_a_limit_says_when_it_goes_on(self):
        self.assertEqual(self.ask(p_n="2").status_code, 200)
        answer = self.ask(prompt="One too many")
        self.assertContains(answer, "The limit of 2 pictures a minute is reached.", status_code=429)
        self.assertLessEqual(int(answer["Retry-After"]), 60)
        self.assertContains(answer, f'room again in <span data-seconds="{answer["Retry-After"]}">', status_code=429)
        self.assertContains(self.ask(prompt="One too many", headers={}), "One too many</textarea>", status_code=429)

    @override_settings(CONNECTOR_IMAGES_A_MINUTE=2)
    def test_more_at_once_than_the_limit_is_no_matter_of_waiting(self):
        answer = self.ask(p_n="3")
        self.assertContains(answer, "3 at once are more than the limit of 2 pictures a minute.", status_code=429)
        self.assertContains(answer, "Choose 2 or fewer", status_code=429)
        self.assertNotIn("Retry-After", answer)

    @override_settings(CONNECTOR_BYTES_STORED=10)
    def test_a_full_share_of_the_disk_is_said(self):
        an_image(self.user)
        self.assertContains(self.ask(), "Your pictures take", status_code=429)

    def test_a_configuration_of_another_group_is_refused(self):
        closed = a_configuration(open_to_everyone=False)
        answer = self.ask(configuration=closed.pk)
        self.assertEqual((answer.status_code, Run.objects.count()), (422, 0))


class RecentTests(Case):
    def test_newest_first_without_those_that_were_deleted(self):
        for prompt in ("one", "two", "three"):
            a_drawing(self.user, "kept", "kept", prompt=f"Picture {prompt}")
        GeneratedImage.objects.filter(prompt="Picture two").discard()
        a_drawing(a_user(), prompt="Somebody else's")
        page = self.client.get(STUDIO).content.decode()
        self.assertLess(page.index("Picture three</h3>"), page.index("Picture one</h3>"))
        self.assertNotIn("Picture two", page)
        self.assertNotIn("Somebody else", page)

    def test_queries_do_not_grow_with_the_pictures(self):
        a_drawing(self.user)
        self.client.get(STUDIO)
        with CaptureQueriesContext(connection) as few:
            self.client.get(STUDIO)
        for _ in range(8):
            a_drawing(self.user, "kept", "failed", "kept")
        with CaptureQueriesContext(connection) as many:
            self.client.get(STUDIO)
        self.assertEqual(len(many), len(few))
        self.assertLessEqual(len(many), 14, [query["sql"] for query in many])

    def test_a_run_of_a_dead_process_is_interrupted(self):
        run = a_drawing(self.user, "waiting", state=Run.State.STREAMING, owner="gone", ended=None)
        Run.objects.filter(pk=run.pk).update(heartbeat="2020-01-01T00:00:00Z")
        page = self.client.get(STUDIO)
        self.assertContains(page, "interrupted")
        self.assertContains(page, "Try again")
        self.assertNotContains(page, "data-going")

    def test_one_that_failed_has_its_reason_and_can_be_tried_again(self):
        run = a_drawing(self.user, "kept", "failed")
        failed = run.images.get(state="failed")
        failed.error = {"code": "not_a_picture", "what": "No <picture>.", "todo": "Try another.", "details": {}}
        failed.save()
        page = self.client.get(STUDIO)
        self.assertContains(page, "No &lt;picture&gt;.")
        self.assertContains(page, "1 of 2")
        self.assertContains(page, f'name="image" value="{failed.public_id}"')

    def test_a_reason_that_all_share_is_said_once(self):
        run = a_drawing(self.user, "failed", "failed", state=Run.State.FAILED)
        run.images.update(error={"code": "provider_trouble", "what": "The provider has trouble.", "todo": "Wait."})
        page = self.client.get(STUDIO)
        self.assertContains(page, "The provider has trouble.", count=1)
        self.assertContains(page, reverse("playground:record", args=[run.pk]))  # no picture leads there

    def test_a_price_that_is_not_known_is_not_zero(self):
        a_drawing(self.user)
        self.assertNotContains(self.client.get(STUDIO), "unpriced")  # the sandbox costs nothing
        Configuration.objects.update(api_type="openai_compatible")
        self.assertContains(self.client.get(STUDIO), '<span class="fact">unpriced</span>')

    def test_the_first_visit_teaches(self):
        page = self.client.get(STUDIO)
        self.assertContains(page, "Make a picture")
        self.assertContains(page, 'name="example"')


class AgainTests(Case):
    def setUp(self):
        super().setUp()
        self.first = a_drawing(self.user, "kept", "failed", request={"n": 2, "quality": "low"})

    def again(self, headers=HTMX, **data):
        return self.client.post(reverse("playground:image_run_again", args=[self.first.pk]), data, headers=headers)

    def test_the_whole_run_by_the_same_body(self):
        answer = self.again()
        made = Run.objects.latest("pk")
        self.assertContains(answer, 'class="tile waiting"', count=2)
        self.assertEqual((made.request["quality"], made.request["n"]), ("low", 2))

    def test_one_picture_alone(self):
        answer = self.again(image=str(self.first.images.get(state="failed").public_id))
        self.assertContains(answer, 'class="tile waiting"', count=1)

    def test_somebody_elses_picture_is_not_there(self):
        for image in (an_image(a_user()), an_image(self.user)):  # nor is one of another run
            self.assertEqual(self.again(image=str(image.public_id)).status_code, 404)

    def test_pressed_twice_draws_once(self):
        self.again(token="once")
        self.again(token="once")
        self.assertEqual(Run.objects.count(), 2)

    @override_settings(CONNECTOR_IMAGES_A_DAY=2)
    def test_a_limit_is_said(self):
        self.assertContains(self.again(), "The limit of 2 pictures a day is reached.", status_code=429)
        self.assertContains(self.again(headers={}), "The limit of 2 pictures a day", status_code=429)


class RescueTests(Case):
    def setUp(self):
        super().setUp()
        self.image = a_drawing(self.user, "failed").images.get()
        self.image.error = {"code": "storage", "what": "Could not store the picture.", "todo": "", "details": {}}
        self.image.save()

    def rescue(self):
        return self.client.post(reverse("playground:image_rescue", args=[self.image.public_id]))

    def test_what_could_not_be_stored_can_be_saved_once(self):
        unstored.keep(self.image.pk, content := a_picture())
        self.assertContains(self.client.get(STUDIO), "Save it elsewhere")
        answer = self.rescue()
        self.assertEqual((answer.content, answer["Content-Type"]), (content, "image/png"))
        self.assertIn("attachment", answer["Content-Disposition"])
        self.assertIn("sandbox", answer["Content-Security-Policy"])
        self.assertEqual(self.rescue().status_code, 404)
        self.assertNotContains(self.client.get(STUDIO), "Save it elsewhere")

    def test_somebody_else_cannot_take_it(self):
        unstored.keep(self.image.pk, a_picture())
        self.client.force_login(a_user())
        self.assertEqual(self.rescue().status_code, 404)
        self.assertTrue(unstored.has(self.image.pk))


class StopTests(Case):
    def test_a_run_is_asked_to_stop(self):
        run = a_drawing(self.user, "waiting", state=Run.State.STREAMING, ended=None)
        address = reverse("playground:image_stop", args=[run.pk])
        self.assertEqual(self.client.post(address, headers=HTMX).status_code, 204)
        run.refresh_from_db()
        self.assertTrue(run.stop_requested)
        self.assertEqual(self.client.post(address).status_code, 302)
