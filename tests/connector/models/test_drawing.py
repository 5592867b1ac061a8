import threading
from concurrent.futures import ThreadPoolExecutor

from django.contrib.auth.models import Group
from django.db import connections
from django.test import TestCase, TransactionTestCase, override_settings
from django.utils import timezone

from connector.client import errors
from connector.models import ApiType, GeneratedImage, Run, UserLimits, drawing, limits
from tests.builders import a_configuration, a_user, an_image, an_upload
from tests.pictures import a_picture


def stored(file):
    with file.open("rb") as opened:
        return opened.read()


class Case(TestCase):
    def setUp(self):
        self.user = a_user()
        self.configuration = a_configuration(model_default_images="sandbox-image-fast")

    def ask(self, prompt="A lighthouse", operation="image_generations", user=None, **asked):
        return GeneratedImage.objects.ask(user or self.user, self.configuration, operation, prompt=prompt, **asked)

    def refused(self, **asked):
        """The name of the parameter that is wrong; nothing is left behind."""
        with self.assertRaises(errors.InvalidParameter) as caught:
            self.ask(**asked)
        self.assertFalse(Run.objects.exists())
        return caught.exception.facts["param"]


class AskTests(Case):
    def test_a_waiting_row_for_each_picture(self):
        run = self.ask(parameters={"n": 3, "size": "1024x1536", "quality": ""})
        self.assertEqual((run.kind, run.operation, run.state), ("image", "image_generations", "queued"))
        body = {"model": "sandbox-image-fast", "prompt": "A lighthouse", "n": 3, "size": "1024x1536"}
        self.assertEqual(run.request, body)
        images = list(run.images.order_by("place"))
        self.assertEqual([image.place for image in images], [0, 1, 2])
        self.assertEqual({image.state for image in images}, {"waiting"})
        self.assertEqual(images[0].parameters, {"n": 3, "size": "1024x1536"})
        self.assertEqual((images[0].prompt, images[0].model), ("A lighthouse", "sandbox-image-fast"))

    def test_what_the_model_does_not_take_is_left_out_with_a_notice(self):
        run = self.ask(parameters={"style": "vivid"})
        self.assertNotIn("style", run.request)
        self.assertEqual([notice["param"] for notice in run.notices], ["style"])

    def test_the_same_token_gives_the_first_run(self):
        first = self.ask(token="t")
        self.assertEqual(self.ask(token="t"), first)
        self.assertEqual(GeneratedImage.objects.count(), 1)

    def test_an_address_is_never_asked_for_where_the_file_can_be(self):
        self.assertEqual(self.ask(model="sandbox-image-url").request["response_format"], "b64_json")
        self.assertNotIn("response_format", self.ask().request)

    def test_a_model_that_draws_one_at_a_time_gets_several_requests(self):
        configuration = a_configuration(api_type=ApiType.OPENAI, endpoint="")
        run = GeneratedImage.objects.ask(
            self.user, configuration, prompt="A", model="dall-e-3", parameters={"n": 3, "style": "vivid"}
        )
        self.assertEqual((run.request["n"], run.images.count()), (3, 3))
        prepared = drawing.prepare_run(run)
        self.assertEqual([request.body["n"] for request in prepared.requests()], [1, 1, 1])

    def test_wrong_values_are_refused_at_their_name(self):
        for param, wrong in (
            ("prompt", {"prompt": ""}),
            ("prompt", {"prompt": "a" * 32_001}),
            ("size", {"parameters": {"size": "1000x1000"}}),
            ("size", {"parameters": {"size": "4096x1024"}}),
            ("n", {"parameters": {"n": 11}}),
            ("n", {"parameters": {"n": "two"}}),
            ("n", {"parameters": {"n": -1}}),
            ("background", {"parameters": {"background": "transparent", "output_format": "jpeg"}}),
            ("model", {"parameters": {"model": "another"}}),
            ("stream", {"parameters": {"stream": True}}),
            ("image", {"operation": "image_edits"}),
            ("operation", {"operation": "chat_completions"}),
            ("token", {"token": "t" * 65}),
        ):
            with self.subTest(wrong):
                self.assertEqual(self.refused(**wrong), param)

    def test_only_what_one_may_use(self):
        self.configuration.open_to_everyone = False
        self.configuration.save()
        with self.assertRaises(errors.NoConfiguration):
            self.ask()
        self.user.groups.add(group := Group.objects.create(name="g"))
        self.configuration.groups.add(group)
        self.ask()

    def test_code_may_ask_without_a_user(self):
        run = GeneratedImage.objects.ask(None, self.configuration, prompt="A")
        self.assertIsNone(run.images.get().user)


class EditTests(Case):
    def edit(self, images, **asked):
        return self.ask("At night", "image_edits", images=images, **asked)

    def test_what_went_along_is_remembered_in_its_order(self):
        drawn, upload, mask = (
            an_image(self.user),
            an_upload(self.user),
            an_upload(self.user, a_picture(400, 300), "m.png", "mask"),
        )
        run = self.edit([drawn, upload], mask=mask)
        self.assertEqual(drawing.inputs_of(run), ([drawn, upload], mask))
        self.assertEqual(list(run.images.get().derived_from.all()), [drawn])
        self.assertEqual(set(run.stored_files.all()), {upload, mask})
        self.assertNotIn("image", run.request)
        files = drawing.prepare_run(run).fitted.body
        self.assertEqual([file.content for file in files["image"]], [stored(drawn.image), stored(upload.file)])

    def test_another_persons_pictures_are_not_there(self):
        other = a_user()
        for theirs in (an_image(other), an_upload(other)):
            with self.subTest(theirs):
                self.assertEqual(self.refused(operation="image_edits", images=[theirs]), "image")
        mask = an_upload(other, purpose="mask")
        self.assertEqual(self.refused(operation="image_edits", images=[an_upload(self.user)], mask=mask), "image")

    def test_a_shared_picture_may_be_used(self):
        theirs = an_image(a_user())
        group = Group.objects.create(name="g")
        theirs.groups.add(group)
        self.user.groups.add(group)
        self.assertEqual(list(self.edit([theirs]).images.get().derived_from.all()), [theirs])

    def test_seventeen_pictures_are_too_many(self):
        self.assertEqual(self.refused(operation="image_edits", images=[an_upload(self.user)] * 17), "image")

    def test_a_mask_of_another_size_is_refused(self):
        mask = an_upload(self.user, a_picture(32, 32), purpose="mask")
        self.assertEqual(self.refused(operation="image_edits", images=[an_upload(self.user)], mask=mask), "mask")

    def test_what_is_not_drawn_yet_cannot_be_edited(self):
        waiting = GeneratedImage.objects.create(user=self.user)
        self.assertEqual(self.refused(operation="image_edits", images=[waiting]), "image")

    def test_a_variation_has_no_prompt(self):
        run = self.ask("", "image_variations", images=[an_upload(self.user)])
        self.assertEqual(run.request, {"model": "sandbox-image-fast"})


class AgainTests(Case):
    def test_the_same_body(self):
        upload = an_upload(self.user)
        run = self.ask("At night", "image_edits", images=[upload], parameters={"n": 2, "quality": "low"})
        again = GeneratedImage.objects.ask_again(run, token="t")
        self.assertEqual(
            (again.operation, again.request, again.inputs, again.model),
            (run.operation, run.request, run.inputs, run.model),
        )
        self.assertEqual((again.images.count(), again.notices), (2, []))

    def test_one_picture_of_several(self):
        image = self.ask(parameters={"n": 2, "quality": "low"}).images.first()
        again = image.ask_again()
        self.assertEqual(again.images.get().parameters, {"quality": "low"})
        self.assertEqual(again.request["prompt"], "A lighthouse")

    def test_by_somebody_else_who_may_see_it(self):
        other = a_user()
        again = self.ask().images.get().ask_again(user=other)
        self.assertEqual((again.user, again.images.get().user), (other, other))

    def test_without_a_picture_that_went_along_it_is_refused(self):
        upload = an_upload(self.user)
        run = self.ask("At night", "image_edits", images=[upload])
        upload.delete()
        with self.assertRaises(errors.InvalidParameter) as caught:
            GeneratedImage.objects.ask_again(run)
        self.assertEqual(caught.exception.facts["param"], "image")


class BodyTests(Case):
    """What a picture's request looked like, told from its row."""

    def test_each_picture_knows_its_own_request(self):
        configuration = a_configuration(api_type=ApiType.OPENAI, endpoint="")
        run = GeneratedImage.objects.ask(
            self.user, configuration, prompt="A", model="dall-e-3", parameters={"n": 3, "style": "vivid"}
        )
        sent = [request.body for request in drawing.prepare_run(run).requests()]
        self.assertEqual([drawing.body_of(image) for image in run.images.order_by("place")], sent)

    def test_what_was_streamed_says_so(self):
        image = self.ask(parameters={"n": 2, "quality": "low"}).images.last()
        body = {"model": "sandbox-image-fast", "prompt": "A lighthouse", "n": 2, "quality": "low", "stream": True}
        self.assertEqual(drawing.body_of(image), body)

    def test_files_are_left_out(self):
        run = self.ask("At night", "image_edits", images=[an_upload(self.user)])
        body = {"model": "sandbox-image-fast", "prompt": "At night", "stream": True}
        self.assertEqual(drawing.body_of(run.images.get()), body)

    def test_without_its_configuration_it_is_what_was_kept(self):
        image = self.ask(parameters={"quality": "low"}).images.get()
        image.configuration.delete()
        image.refresh_from_db()
        body = {"model": "sandbox-image-fast", "prompt": "A lighthouse", "quality": "low"}
        self.assertEqual(drawing.body_of(image), body)


class LimitTests(Case):
    def older(self, **by):
        GeneratedImage.objects.update(created=timezone.now() - timezone.timedelta(**by))

    def reached(self, **asked):
        with self.assertRaises(errors.LimitReached) as caught:
            self.ask(**asked)
        return caught.exception

    def test_ten_pictures_a_minute(self):
        self.ask(parameters={"n": 7})
        error = self.reached(parameters={"n": 4})
        self.assertIn("10 pictures a minute", error.what)
        self.assertLessEqual(error.facts["seconds"], 60)
        self.ask(parameters={"n": 3})
        self.reached()
        self.older(seconds=61)
        self.ask(parameters={"n": 10})

    @override_settings(CONNECTOR_IMAGES_A_MINUTE=0, CONNECTOR_IMAGES_A_DAY=5)
    def test_pictures_a_day_and_when_it_is_possible_again(self):
        self.ask(parameters={"n": 5})
        self.older(hours=20)
        error = self.reached()
        self.assertIn("5 pictures a day", error.what)
        self.assertIn("4 hours", error.todo)
        self.older(hours=25)
        self.ask()

    def test_what_is_deleted_counts_until_it_is_gone(self):
        self.ask(parameters={"n": 10}).images.discard()
        self.reached()

    @override_settings(CONNECTOR_IMAGES_A_DAY=3)
    def test_an_administrator_may_say_otherwise_for_a_person(self):
        self.reached(parameters={"n": 4})
        UserLimits.objects.create(user=self.user, images_a_day=4)
        self.ask(parameters={"n": 4})
        UserLimits.objects.update(images_a_day=0, images_a_minute=0)
        for _ in range(3):
            self.ask(parameters={"n": 10})

    def test_nobody_waits_for_somebody_else(self):
        self.ask(parameters={"n": 10})
        self.ask(user=a_user(), parameters={"n": 10})

    def test_the_disk_that_one_may_use(self):
        image, upload = an_image(self.user), an_upload(self.user)
        with self.assertNumQueries(1):
            self.assertEqual(limits.used_storage(self.user), image.bytes + upload.bytes)
        UserLimits.objects.create(user=self.user, bytes_stored=image.bytes + upload.bytes)
        self.assertIn("may keep", self.reached().what)
        with self.assertRaises(errors.StorageFull):
            an_upload(self.user)
        self.ask(user=a_user())
        UserLimits.objects.update(bytes_stored=image.bytes + upload.bytes + 1)
        self.ask()


class TogetherTests(TransactionTestCase):
    """Several at once: threads, each with a connection."""

    def setUp(self):
        self.user = a_user()
        self.configuration = a_configuration(model_default_images="sandbox-image-fast")

    def at_once(self, number, verb, threads=20):
        """What `verb` gives, called `number` times by threads that begin together."""
        together = threading.Barrier(threads)

        def call(index):
            if index < threads:
                together.wait()
            try:
                return verb()
            except errors.NotSent as error:
                return error
            finally:
                connections.close_all()

        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(call, range(number)))

    def ask(self, token=""):
        return GeneratedImage.objects.ask(self.user, self.configuration, prompt="A", token=token).pk

    def test_a_hundred_at_one_below_the_limit_make_one(self):
        for _ in range(9):
            self.ask()
        given = self.at_once(100, self.ask)
        self.assertEqual(sum(isinstance(one, int) for one in given), 1, given)
        self.assertEqual(sum(isinstance(one, errors.LimitReached) for one in given), 99)
        self.assertEqual(GeneratedImage.objects.count(), 10)

    def test_one_form_makes_one_run(self):
        given = self.at_once(20, lambda: self.ask("t"))
        self.assertEqual(len(set(given)), 1, given)
        self.assertEqual(GeneratedImage.objects.count(), 1)
