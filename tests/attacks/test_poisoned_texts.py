"""Markup in every text that is stored, and every page that shows it: it stays text (T01 to T16)."""

import re
import time
from html.parser import HTMLParser

from django.core.cache import cache
from django.test import TestCase
from django.urls import reverse

from connector.client.multipart import File
from connector.models import (
    ChatCompletionsMessage,
    Configuration,
    DeployedModel,
    Run,
    SavedPrompt,
    SavedRequest,
    StoredFile,
    listing,
)
from tests.attacks.routes import every_route
from tests.builders import (
    a_call,
    a_comparison,
    a_prompt,
    a_request,
    a_session,
    a_speech,
    a_superuser,
    a_transcription,
    a_user,
    a_viewer,
    an_exchange,
    an_openai,
)

POISON = (
    "<img src=x onerror=window.__x=1>",
    "\"><svg onload='window.__x=1'></svg>",
    "'-window.__x-'</script><script>window.__x=1</script>",
    "</textarea></title><iframe srcdoc='<b>'>",
    "{{ 7|add:7 }}{% debug %}${7*7}",
    "\u202e<b onclick=x>\u0000",
)
MODEL = """
<lobeArtifact type="html"><script>window.__x=1</script></lobeArtifact> <svg><animate onbegin=x /></svg>
<math><mtext><style><img src=x onerror=x></style></mtext></math>
<foreignObject><iframe src=javascript:x></foreignObject>

```mermaid
graph TD; A["<img src=x onerror=x>"]
```
```html
<script>window.__x=1</script>
```
```svg" onload="x
<svg onload=x>
```
![x](https://evil.example/?q=S) ![x][1] [![](https://evil.example)](https://evil.example) <img src="//evil.example/x">
[a](javascript:x) [a](JaVaScRiPt:x) [a](data:text/html,x) [a](vbscript:x)
[a](//evil.example) [a](https:evil) [a](\\x01javascript:x)
<link rel=prefetch href=//evil.example> <video poster=//evil.example>
<a ping=//evil.example href=x>x</a> &#x3c;img src=x&#x3e;
<div style="background:url(//evil.example)" hx-get="/admin/" hx-on:click="x" data-hx-post="/x">x</div>
$\\href{javascript:x}{x}$ $\\unicode{<img src=x onerror=x>}$ <form action=//evil.example><input name=password></form>

[1]: https://evil.example/?reference
"""
FORBIDDEN = {
    "svg-from-us",
    "iframe",
    "object",
    "embed",
    "base",
    "video",
    "foreignobject",
    "animate",
    "lobeartifact",
}
LOADS = {"src", "srcset", "poster", "ping", "background", "data", "action", "formaction"}


class Elements(HTMLParser):
    """What a browser would make of a page, and what in it is not ours."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.wrong = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            value = value or ""
            where = f"<{tag} {name}={value[:80]!r}>"
            if name.startswith("on") or name in ("style", "srcdoc") or re.match(r"(data-)?hx-on", name):
                self.wrong.append(where)
            if name in LOADS and "evil" in value:
                self.wrong.append(where)
            if name == "href" and not re.match(r"https?://|/(?!/)|\?|#|mailto:|\.\./|$|[\w-]+/", value):
                self.wrong.append(where)
            if name == "href" and "evil" in value and dict(attributes).get("rel") != "noopener noreferrer nofollow":
                self.wrong.append(where)
            if tag == "img" and name == "src" and not value.startswith("/static/"):
                self.wrong.append(where)
            if tag == "audio" and name == "src" and not value.startswith("/files/"):
                self.wrong.append(where)
        is_data = dict(attributes).get("type") == "application/json"
        if tag in FORBIDDEN or (
            tag == "script" and not is_data and not dict(attributes).get("src", "").startswith("/")
        ):
            self.wrong.append(f"<{tag} {attributes}>")


class PoisonTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        everything = " ".join(POISON).replace("\0", "")
        short = POISON[0]
        cls.ann, cls.root, cls.viewer = a_user(first_name=POISON[1]), a_superuser(), a_viewer()
        cls.configuration = Configuration.objects.get(display_name="Sandbox")
        openai = an_openai(display_name=everything[:100], test_text=everything[:500], test_code="ok")
        Configuration.objects.filter(pk=openai.pk).update(
            endpoint="javascript:alert(1)", api_version=short[:20], model_default_chat=short
        )
        DeployedModel.objects.create(configuration=cls.configuration, name=everything[:200])
        cls.session = a_session(
            cls.ann,
            title=everything[:200],
            system_prompt=everything,
            model=everything[:100],
            parameters={"stop": [short]},
        )
        question, answer = an_exchange(cls.session, everything, MODEL, model=everything[:100], request_id=short)
        error = {
            "code": "refused",
            "what": everything,
            "todo": everything,
            "details": {"message": everything, "url": MODEL},
        }
        failed = an_exchange(cls.session, MODEL, everything, state=Run.State.FAILED, error=error)[1]
        ChatCompletionsMessage.objects.filter(pk=failed.pk).update(reasoning=MODEL, refusal=everything)
        cls.rows = {"configuration": openai.pk, "session": cls.session.pk, "question": question.pk, "answer": answer.pk}
        comparison = a_comparison(
            cls.ann, MODEL, everything, prompt=everything, system_prompt=MODEL, run={"model": everything[:100]}
        )
        Run.objects.filter(session__comparison=comparison, session__place=1).update(state=Run.State.FAILED, error=error)
        cls.rows |= {"comparison": comparison.pk, "columnrun": comparison.columns.first().runs.get().pk}
        call = {"id": short, "type": "function", "function": {"name": everything, "arguments": MODEL}}
        template = {"system": MODEL, "question": f"{{{{a}}}} {everything}", "values": {"a": MODEL}}
        prompt = a_prompt(cls.ann, everything, MODEL, template=template, tool_calls=[call], system_prompt=everything)
        result = prompt.messages.create(role="tool", parent=prompt.leaf, content=MODEL, tool_call_id=short)
        a_prompt(cls.ann, MODEL, tool_calls=[call])
        type(prompt).objects.filter(pk=prompt.pk).update(leaf=result)
        fields = {"question": MODEL, "values": {"a": everything}, "parameters": {"stop": [short]}}
        version = SavedPrompt.objects.keep(cls.ann, everything, **fields)
        SavedPrompt.objects.keep(cls.ann, everything, **fields | {"question": everything, "model": everything[:200]})
        cls.rows |= {"prompt": prompt.pk, "savedprompt": version.prompt_id, "promptrun": failed.run_id}
        voices, told = (everything[:60], {"id": short}), [{"param": "x", "text": everything, "kind": "changed"}]
        spoken = a_speech(cls.ann, MODEL, voices, model=everything[:100], notices=told, request={"instructions": MODEL})
        spoken.takes.update(error=error)
        heard = a_transcription(
            cls.ann,
            MODEL,
            name=everything[:100],
            language=short[:60],
            segments=[{"start": 0.0, "end": 1.0, "text": MODEL, "speaker": everything[:60]}],
            words=[{"start": 0.0, "end": 1.0, "word": word} for word in MODEL.split()],
            run={"error": error, "state": Run.State.INTERRUPTED, "notices": told},
        )
        cls.rows |= {"speech": spoken.pk, "transcription": heard.pk}
        raw = a_request(
            cls.ann,
            everything,
            request={"path": everything, "method": short, "data": MODEL, "query": [[short, MODEL]]},
            answer={"status": 200, "headers": {short: everything}, "media_type": everything},
        )
        StoredFile.objects.keep(cls.ann, File(everything, MODEL.encode(), "text/html"), "output", output_of=raw)
        told = {"model": everything[:200], "path": everything, "error": everything[:500], "error_code": short[:40]}
        recorded = a_call(cls.ann, {everything: MODEL}, {MODEL: everything}, **told, request_id=short, state="failed")
        a_call(
            cls.ann, MODEL, everything, configuration=openai, notices=[{"text": MODEL}], usage={short: {MODEL: short}}
        )
        content = {"path": everything, "data": MODEL, "query": [[short, MODEL]], "header": [[short, MODEL]]}
        saved = SavedRequest.objects.create(user=cls.ann, name=everything[:100], content=content)
        cls.rows |= {"request": raw.pk, "call": recorded.pk, "savedrequest": saved.pk}
        cls.rows |= {"run": failed.run_id, "user": cls.ann.pk, "chatcompletionssession": cls.session.pk}

    def test_the_one_who_looks_is_not_blind(self):
        for poison in (*POISON[:4], POISON[5], *re.findall(r"<[a-z][^>]*(?:evil|onload|style=)[^>]*>", MODEL)):
            if "prefetch" not in poison:
                self.assertNotEqual(Elements(poison).wrong, [], poison)

    def test_no_page_has_an_element_of_theirs(self):
        cache.clear()
        pages, wrong = 0, {}
        for actor in (self.ann, self.root, self.viewer):
            self.client.force_login(actor)
            for route in every_route():
                if route.path.startswith(("/sandbox", "/welcome", "/chat/runs", "/audio/runs")) or route.name.endswith(
                    "logout"
                ):
                    continue
                for query in ("", "?q=" + "%22%3E%3Cimg%20src=x%20onerror=x%3E"):
                    for headers in ({}, {"HX-Request": "true", "HX-Request-Type": "partial"}):
                        url = route.at(self.rows.get(route.kind, 1)) + query
                        response = self.client.get(url, headers=headers)
                        if "text/html" in response.get("Content-Type", ""):
                            pages += 1
                            if found := Elements(response.text).wrong:
                                wrong[url, actor.pk] = found
        self.assertEqual(wrong, {})
        self.assertGreater(pages, 100)

    def test_an_address_that_does_not_exist_shows_nothing_of_itself(self):
        for path in ("/chats/<img src=x onerror=1>/", '/"><script>x</script>', "/admin/%3Cimg%20src=x%20onerror=1%3E/"):
            answer = self.client.get(path)
            self.assertIn(answer.status_code, (302, 404))
            self.assertNotIn("onerror", answer.text)

    def test_it_is_shown_as_what_was_written(self):
        self.client.force_login(self.ann)
        page = self.client.get(reverse("playground:session", args=[self.session.pk])).text
        self.assertIn("&lt;img src=x onerror=window.__x=1&gt;", page)
        self.assertIn("&lt;lobeArtifact", page)

    def test_exports_are_files_and_no_pages(self):
        self.client.force_login(self.ann)
        for kind in ("markdown", "json"):
            answer = self.client.get(reverse(f"playground:export_{kind}", args=[self.session.pk]))
            self.assertTrue(answer["Content-Disposition"].startswith("attachment; filename="))
            self.assertRegex(answer["Content-Disposition"], r'filename="[\w.-]+"$')
            self.assertEqual(answer["Content-Security-Policy"], "default-src 'none'; sandbox")
            self.assertNotIn("html", answer["Content-Type"])

    def test_ten_thousand_names_from_a_provider_are_bounded_and_text(self):
        class Listed:
            shutdown_date = None

            def __init__(self, name):
                self.id = name

        names = [f"<img src=x onerror={n}>" for n in range(10_000)] + [
            "x" * 1_000_000,
            "dup",
            "dup",
            "\u202eevil\x00\x1b[2J",
        ]
        listing.fill(self.configuration, [Listed(name) for name in names])
        rows = self.configuration.deployed_models
        self.assertLessEqual(rows.count(), 501)
        self.assertLessEqual(max(len(name) for name in rows.values_list("name", flat=True)), 200)
        self.client.force_login(self.ann)
        began = time.perf_counter()
        page = self.client.get("/chat/").text
        self.assertLess(time.perf_counter() - began, 2)  # 0.3 s on an idle machine
        self.assertEqual(Elements(page).wrong, [])
