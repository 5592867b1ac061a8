"""Chat: ask, read, edit, answer again, leaf, several choices, parameters, copy."""

import json
import re

import pytest

from tests.journeys import steps
from tests.journeys.steps import answer, ask, ask_and_wait, details, ended, set_parameter
from tests.upstream import words

pytestmark = pytest.mark.browser


def asked(upstream, text):
    """The bodies of the requests whose last message is `text`."""
    return [
        seen.json
        for seen in list(upstream.requests)
        if seen.body and seen.json.get("messages", [{}])[-1].get("content") == text
    ]


class TestAnswer:
    def test_is_rendered_and_has_its_facts_below(self, chat):
        page = chat("sandbox-fast")
        ask_and_wait(page, "headings, a list, a table, code and a formula")
        prose = page.locator(".answer .prose").first
        for part in ("h3", "ul li", "ol li", "table th", "figure.code pre", "math"):
            assert prose.locator(part).first.is_visible(), part
        colours = prose.locator("figure.code pre").first.evaluate(
            "code => new Set([...code.querySelectorAll('span')].map(span => getComputedStyle(span).color)).size"
        )
        assert colours > 3
        assert prose.locator("math").last.bounding_box()["height"] > 15
        facts = page.locator(".facts").inner_text()
        assert "sandbox-fast" in facts
        assert re.search(r"\d+ in, \d+ out", facts)
        assert re.search(r"first token [\d.]+ s", facts)
        assert "tokens/s" in facts
        assert "finish reason\nstop" in details(page)

    def test_comes_bit_by_bit(self, chat):
        page = chat("sandbox")
        ask(page, "long")
        for number in (5, 10, 20):
            steps.begun(page, number)
            assert page.locator(steps.GOING).count() == 1
        page.keyboard.press("Escape")
        ended(page)


class TestVersions:
    def test_edit_and_answer_again_keep_the_earlier_ones(self, talk, upstream, word):
        page = talk("fault:echo")
        ask_and_wait(page, f"{word} one")
        page.get_by_role("button", name="Answer again").click()
        page.locator(".run .leafing .place", has_text="2/2").wait_for()
        ended(page)
        page.get_by_role("link", name="Edit message").click()
        page.locator(".editing textarea").fill(f"{word} two")
        page.get_by_role("button", name="Ask again").click()
        page.locator(".message.user .place", has_text="2/2").wait_for()
        ended(page)
        assert answer(page).strip() == f"{word} two"
        page.locator(".message.user").get_by_role("button", name="Previous version").click()
        page.locator(".message.user", has_text=f"{word} one").wait_for()
        assert answer(page).strip() == f"{word} one"
        assert page.locator(".run .place").inner_text() == "2/2"  # the answer shown last, not the first
        page.locator(".run").get_by_role("button", name="Previous version").click()
        page.locator(".run .place", has_text="1/2").wait_for()
        page.reload()
        assert page.locator(".message.user .place").inner_text() == "1/2"
        assert page.locator(".run .place").inner_text() == "1/2"

    def test_only_the_branch_in_view_is_sent(self, talk, upstream, word):
        page = talk("fault:echo")
        ask_and_wait(page, f"{word} a")
        ask(page, f"{word} b")
        page.locator(".run").nth(1).wait_for()
        ended(page)
        page.get_by_role("link", name="Edit message").first.click()
        page.locator(".editing textarea").fill(f"{word} c")
        page.get_by_role("button", name="Ask again").click()
        page.locator(".message.user .place", has_text="2/2").wait_for()
        ended(page)
        ask(page, f"{word} d")
        page.locator(".run").nth(1).wait_for()
        ended(page)
        [body] = asked(upstream, f"{word} d")
        assert [message["content"] for message in body["messages"]] == [f"{word} c", f"{word} c", f"{word} d"]

    def test_three_choices_are_all_shown_and_one_of_them_goes_on(self, chat):
        page = chat("sandbox-fast")
        set_parameter(page, "n", "3")
        ask_and_wait(page, "three please")
        answers = page.locator(".answers.several .answer")
        assert answers.count() == 3
        for number in range(3):
            assert f"Choice {number + 1} of 3." in answers.nth(number).inner_text()
        assert page.locator(".answer.shown").count() == 1
        answers.nth(1).get_by_role("button", name="Use this one").click()
        page.locator(".answer.shown", has_text="Choice 2 of 3.").wait_for()
        set_parameter(page, "n", "")
        ask(page, "and on")
        page.locator(".run").nth(1).wait_for()
        ended(page)
        assert page.locator(".run").first.locator(".answer", has_text="Choice 2 of 3.").count() == 1
        page.reload()
        assert "Choice 2 of 3." in page.locator(".run").first.inner_text()


class TestParameters:
    def test_only_those_the_model_takes_are_offered(self, chat):
        page = chat("sandbox-fast")
        offered = {"temperature": True, "top_p": True, "stop": True, "reasoning_effort": False}
        for name, there in offered.items():
            assert (page.locator(f"#set-p_{name}").count() == 1) == there, name
        steps.choose(page, "sandbox-reasoning")
        for name, there in offered.items():
            assert (page.locator(f"#set-p_{name}").count() == 1) != there, name

    def test_only_those_that_were_set_are_sent(self, talk, upstream, word):
        page = talk("words-20")
        ask_and_wait(page, f"{word} plain")
        [plain] = asked(upstream, f"{word} plain")
        assert plain.keys() == {"model", "messages", "stream", "stream_options"}
        set_parameter(page, "temperature", "0.3")
        set_parameter(page, "top_p", "0.9")
        set_parameter(page, "max_tokens", "77")
        set_parameter(page, "stop", "END\nHALT")
        set_parameter(page, "presence_penalty", "-1")
        set_parameter(page, "seed", "7")
        with page.expect_response(steps.SETTINGS):
            page.locator("#set-system_prompt").fill("Be short.")
            page.keyboard.press("Tab")
        ask(page, f"{word} set")
        page.locator(".run").nth(1).wait_for()
        ended(page)
        [body] = asked(upstream, f"{word} set")
        assert body.keys() - plain.keys() == {"temperature", "top_p", "max_tokens", "stop", "presence_penalty", "seed"}
        assert (body["temperature"], body["top_p"], body["max_tokens"], body["seed"]) == (0.3, 0.9, 77, 7)
        assert body["stop"] == ["END", "HALT"]
        assert body["messages"][0] == {"role": "system", "content": "Be short."}

    def test_a_value_out_of_range_is_said_at_its_field_and_kept_as_typed(self, chat):
        page = chat("sandbox-fast")
        page.watch.allow("422")
        set_parameter(page, "temperature", "9")
        field = page.locator(".parameter", has=page.locator("#set-p_temperature"))
        field.locator(".errorlist").wait_for()
        assert page.locator("#set-p_temperature").input_value() == "9"
        page.locator("#text").fill("is this taken?")
        page.locator("#text").press("Enter")
        page.locator("#refusal .note").wait_for()
        assert page.locator("#text").input_value() == "is this taken?"
        assert page.locator(".message").count() == 0
        set_parameter(page, "temperature", "1")
        ask_and_wait(page, "and now?")

    @pytest.mark.parametrize("is_new", [True, False])
    def test_the_fold_stays_as_it_was_left_when_something_is_kept(self, chat, is_new):
        page = chat("sandbox-fast")
        if not is_new:
            ask_and_wait(page, "first")
        page.locator("#set-p_temperature").focus()
        page.locator("#advanced summary").click()  # nothing moves away under the pointer
        page.locator("#set-p_seed").wait_for()
        for name, value in (("temperature", "0.3"), ("seed", "7"), ("seed", "")):
            set_parameter(page, name, value)
            page.wait_for_function(
                "([name, isSet]) => isSet === !!document.querySelector(`.is-set #set-p_${name}`)",
                arg=[name, bool(value)],
            )
            assert page.locator("#set-p_seed").is_visible()
        page.locator("#advanced summary").click()
        set_parameter(page, "temperature", "0.4")
        assert not page.locator("#set-p_seed").is_visible()

    def test_an_answer_in_json(self, chat):
        page = chat("sandbox-fast")
        set_parameter(page, "response_format", "json_object")
        ask_and_wait(page, "answer in json")
        assert json.loads(steps.written(page))["last_message"] == "answer in json"


class TestCopy:
    def test_a_message_and_a_block_of_code(self, chat):
        page = chat("sandbox-fast", permissions=["clipboard-read", "clipboard-write"])
        ask_and_wait(page, "python code **as it is**")
        page.get_by_role("link", name="Copy message").click()
        assert steps.copied(page, "python code") == "python code **as it is**"
        page.locator("figure.code [data-copy]").first.click()
        assert "```" not in steps.copied(page, "class Flash")
        page.get_by_role("link", name="Copy answer").click()
        assert steps.copied(page, "```python") == steps.written(page)


class TestLimits:
    def test_too_many_at_once_are_refused_beside_the_field_and_nothing_is_lost(self, talk):
        pages = [talk("paced-40-2000") for _ in range(4)]
        for page in pages[:3]:
            ask(page, "one of three")
        page = pages[3]
        page.watch.allow("429")
        page.locator("#text").fill("one too many")
        with page.expect_response("**/chat/ask/") as refused:
            page.locator("#text").press("Enter")
        assert refused.value.status == 429
        page.locator("#refusal .note", has_text="The limit of 3 answers at once is reached.").wait_for()
        assert page.locator("#text").input_value() == "one too many"
        assert page.locator(".message").count() == 0
        assert page.locator(".toast").count() == 0
        for other in pages[:3]:
            other.keyboard.press("Escape")
            ended(other)
        page.locator("#text").press("Enter")
        page.locator(".message.user").wait_for()
        assert page.locator("#refusal .note").count() == 0
        page.keyboard.press("Escape")
        ended(page)

    def test_an_edit_past_a_limit_keeps_what_was_typed(self, talk):
        page = talk("fault:echo")
        ask_and_wait(page, "the first words")
        others = [talk("paced-40-2000") for _ in range(3)]
        for other in others:
            ask(other, "one of three")
        page.bring_to_front()
        page.watch.allow("429")
        page.get_by_role("link", name="Edit message").click()
        page.locator(".editing textarea").fill("other words")
        page.get_by_role("button", name="Ask again").click()
        page.locator(".editing .note", has_text="The limit of 3 answers at once is reached.").wait_for()
        assert page.locator(".editing textarea").input_value() == "other words"
        for other in others:
            other.keyboard.press("Escape")
            ended(other)
        page.get_by_role("button", name="Ask again").click()
        page.locator(".message.user .place", has_text="2/2").wait_for()
        ended(page)
        assert answer(page).strip() == "other words"


class TestWrongInput:
    def test_an_empty_message_is_not_sent(self, chat):
        page = chat("sandbox-fast")
        for text in ("", "   \n "):
            page.locator("#text").fill(text)
            page.locator("#text").press("Enter")
            page.wait_for_timeout(200)
        page.watch.allow("422")
        assert page.locator(".message").count() == 0

    def test_a_megabyte_is_refused_and_kept(self, chat):
        page = chat("sandbox-fast")
        page.watch.allow("413", "422")
        text = "far too long " * 80_000
        page.locator("#text").fill(text)
        page.locator("#text").press("Enter")
        page.wait_for_timeout(300)
        assert page.locator(".message").count() == 0
        assert page.locator("#text").input_value() == text
        assert "fit into one message" in page.locator("#text").evaluate("field => field.validationMessage")

    @pytest.mark.parametrize("text", ["a\0b", "half \ud800 of a pair", "\u202eright to left", "🦄" * 500])
    def test_odd_characters_are_harmless(self, chat, text):
        page = chat("sandbox-fast")
        page.locator("#text").evaluate("(field, units) => { field.value = String.fromCharCode(...units) }", units(text))
        page.locator("#text").press("Enter")
        page.locator(".message.user").wait_for()
        ended(page)
        assert page.locator(".run").get_attribute("data-state") == "done"


def units(text):
    """UTF-16 as JavaScript has it; a half of a pair does not travel otherwise."""
    data = text.encode("utf-16-le", "surrogatepass")
    return [int.from_bytes(data[place : place + 2], "little") for place in range(0, len(data), 2)]


def test_what_the_provider_says_is_what_is_shown(talk):
    page = talk("words-20")
    assert ask_and_wait(page, "say it").split() == "".join(words(20)).split()
