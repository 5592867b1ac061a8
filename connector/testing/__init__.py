"""For the tests of projects that use the connector: something that answers in place of a provider, without a key.

    from connector import testing

    with testing.sandbox(configuration):
        page = client.post("/summaries/", {"text": "…"})          # the sandbox answers, at once

    with testing.recorded(configuration, ["A short text."]) as sent:
        assert summary_of(article) == "A short text."
    assert sent[0].json["messages"][-1]["content"] == article.text

Without a configuration both stand behind all of them. Requests are made as for the real provider: fitted to the model,
for its address, under the same rules for errors and attempts; only nobody waits between attempts, and no key is read.
The whole process sees it, so a live server and its threads do as well. For pytest there are fixtures in
`connector.testing.plugin`. Nothing outside of tests imports this package.
"""

from connector.testing.answers import Answer, Sent, events
from connector.testing.recording import NotRecorded, recorded
from connector.testing.sandboxed import sandbox

__all__ = ["Answer", "NotRecorded", "Sent", "events", "recorded", "sandbox"]
