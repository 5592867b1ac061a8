"""What an administrator may paste as an endpoint, and what must not get through."""

import unittest

import pytest

from connector.client import endpoint, errors
from connector.client.endpoint import Kind
from connector.client.operation import Operation
from connector.client.secret import Secret

CHAT = Operation("chat_completions", "chat/completions")
MODELS = Operation("models", "models", method="GET", in_deployment=False, costly=False)
RESPONSES = Operation("responses", "responses", in_deployment=False)

DATE = "2024-10-21"
OPENAI = "https://api.openai.com/v1/chat/completions"
CLASSIC = f"https://res.openai.azure.com/openai/deployments/dep/chat/completions?api-version={DATE}"
V1 = "https://res.openai.azure.com/openai/v1/chat/completions"

# what is pasted → where a chat goes
OPENAI_SPELLINGS = {
    "": OPENAI,
    "https://api.openai.com": OPENAI,
    "https://api.openai.com/": OPENAI,
    "https://api.openai.com/v1": OPENAI,
    "https://api.openai.com/v1/": OPENAI,
    "https://api.openai.com/v1//": OPENAI,
    "  https://api.openai.com/v1\n": OPENAI,
    "HTTPS://API.OpenAI.com/v1": OPENAI,
    "https://api.openai.com:443/v1": OPENAI,
    "https://api.openai.com./v1": OPENAI,
    "https://api.openai.com/v1/chat/completions": OPENAI,
    "https://api.openai.com/v1/chat/completions/": OPENAI,
    "https://api.openai.com/v1/models": OPENAI,
    "https://api.openai.com/v1/images/generations": OPENAI,
    "https://api.openai.com/v1/audio/speech": OPENAI,
    "https://eu.api.openai.com": "https://eu.api.openai.com/v1/chat/completions",
    "https://gateway.example/openai/v1": "https://gateway.example/openai/v1/chat/completions",
}

# with the deployment `dep` and the API version of DATE in their own fields
AZURE_CLASSIC_SPELLINGS = {
    "https://res.openai.azure.com": CLASSIC,
    "https://res.openai.azure.com/": CLASSIC,
    "https://RES.openai.azure.com": CLASSIC,
    "https://res.openai.azure.com:443": CLASSIC,
    "https://res.openai.azure.com/openai": CLASSIC,
    "https://res.openai.azure.com/openai/": CLASSIC,
    "https://res.openai.azure.com/openai/deployments": CLASSIC,
    "https://res.openai.azure.com/openai/deployments/": CLASSIC,
    "https://res.openai.azure.com/openai/deployments/dep": CLASSIC,
    "https://res.openai.azure.com/openai/deployments/dep/": CLASSIC,
    "https://res.openai.azure.com/openai/deployments/dep/chat/completions": CLASSIC,
    f"https://res.openai.azure.com/openai/deployments/dep/chat/completions?api-version={DATE}": CLASSIC,
    f"https://res.openai.azure.com/openai/deployments/dep/embeddings?api-version={DATE}": CLASSIC,
    f"https://res.openai.azure.com/?api-version={DATE}": CLASSIC,
    f"https://res.openai.azure.com/openai/models?api-version={DATE}": CLASSIC,
    f"https://res.openai.azure.com/openai/responses?api-version={DATE}": CLASSIC,
    "https://res.cognitiveservices.azure.com/": CLASSIC.replace("openai.azure", "cognitiveservices.azure", 1),
    "https://res.services.ai.azure.com": CLASSIC.replace("openai.azure", "services.ai.azure", 1),
    "https://res.openai.azure.us": CLASSIC.replace("azure.com", "azure.us"),
    "https://res.openai.azure.cn/openai/deployments/": CLASSIC.replace("azure.com", "azure.cn"),
    "https://westeurope.api.cognitive.microsoft.com/": CLASSIC.replace(
        "res.openai.azure.com", "westeurope.api.cognitive.microsoft.com"
    ),
    "https://gate.azure-api.net": CLASSIC.replace("res.openai.azure.com", "gate.azure-api.net"),
    "https://gate.example/team/a": CLASSIC.replace("res.openai.azure.com", "gate.example/team/a"),
    "https://gate.example/team/a/openai": CLASSIC.replace("res.openai.azure.com", "gate.example/team/a"),
    "https://gate.example:8443/openai/deployments/dep/": CLASSIC.replace("res.openai.azure.com", "gate.example:8443"),
}

# without anything in the fields, or with a version that /openai/v1 knows
AZURE_V1_SPELLINGS = {
    "https://res.openai.azure.com": V1,
    "https://res.openai.azure.com/openai/": V1,
    "https://res.openai.azure.com/openai/v1": V1,
    "https://res.openai.azure.com/openai/v1/": V1,
    "https://res.openai.azure.com/openai/v1/chat/completions": V1,
    "https://res.openai.azure.com/openai/v1/responses": V1,
    "https://res.openai.azure.com/openai/v1/?api-version=preview": V1 + "?api-version=preview",
    "https://res.openai.azure.com/openai/v1/responses?api-version=latest": V1 + "?api-version=latest",
    "https://res.openai.azure.com/openai/v1/?api-version=2024-10-21": V1,
    "https://res.cognitiveservices.azure.com/openai/v1": V1.replace("openai.azure", "cognitiveservices.azure", 1),
    "https://res.services.ai.azure.com/openai/v1/": V1.replace("openai.azure", "services.ai.azure", 1),
    "https://res.services.ai.azure.com/api/projects/first": V1.replace("openai.azure", "services.ai.azure", 1),
    "https://res.services.ai.azure.com/api/projects/first/": V1.replace("openai.azure", "services.ai.azure", 1),
    "https://res.services.ai.azure.com/models": V1.replace("openai.azure", "services.ai.azure", 1),
    "https://res.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview": V1.replace(
        "openai.azure", "services.ai.azure", 1
    ),
    "https://gate.example/team/openai/v1": V1.replace("res.openai.azure.com", "gate.example/team"),
    "https://ai.azure.com/resource/overview?wsid=/subscriptions/1/resourceGroups/g/providers/"
    "Microsoft.CognitiveServices/accounts/res&tid=2": V1,
    "https://ai.azure.com/resource/deployments/%2Fsubscriptions%2F1%2FresourceGroups%2Fg%2Fproviders%2F"
    "Microsoft.CognitiveServices%2Faccounts%2Fres%2Fdeployments%2Fdep?wsid=x": V1,
    "https://ai.azure.com/nextgen/r/AbCdEf,group,,res,first/build/models": V1,
    "https://oai.azure.com/resource/overview?wsid=%2Fsubscriptions%2F1%2Fproviders%2FMicrosoft.CognitiveServices"
    "%2Faccounts%2Fres": V1,
    "https://portal.azure.com/#@me.example/resource/subscriptions/1/resourceGroups/g/providers/"
    "Microsoft.CognitiveServices/accounts/res/cskeys": V1,
}

COMPATIBLE_SPELLINGS = {
    "https://llm.example": "https://llm.example/v1/chat/completions",
    "https://llm.example/v1": "https://llm.example/v1/chat/completions",
    "https://llm.example/v1/chat/completions": "https://llm.example/v1/chat/completions",
    "https://llm.example/chat/completions": "https://llm.example/chat/completions",
    "https://openrouter.ai/api/v1": "https://openrouter.ai/api/v1/chat/completions",
    "https://api.groq.com/openai/v1/": "https://api.groq.com/openai/v1/chat/completions",
    "https://generativelanguage.googleapis.com/v1beta/openai/": (
        "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions"
    ),
    "https://api.z.ai/api/paas/v4": "https://api.z.ai/api/paas/v4/chat/completions",
    "https://llm.example:8443/lite": "https://llm.example:8443/lite/chat/completions",
    "https://bücher.example/v1": "https://xn--bcher-kva.example/v1/chat/completions",
    "https://xn--bcher-kva.example": "https://xn--bcher-kva.example/v1/chat/completions",
    "https://8.8.8.8/v1": "https://8.8.8.8/v1/chat/completions",
    "https://[2001:4860:4860::8888]:8443": "https://[2001:4860:4860::8888]:8443/v1/chat/completions",
    "https://res.openai.azure.com/openai/v1": V1,  # with a Bearer key, as the official client does it
}

PRIVATE_SPELLINGS = {
    "http://localhost:11434": "http://localhost:11434/v1/chat/completions",
    "http://127.0.0.1:8000/v1/": "http://127.0.0.1:8000/v1/chat/completions",
    "http://[::1]:8000": "http://[::1]:8000/v1/chat/completions",
    "http://10.1.2.3": "http://10.1.2.3/v1/chat/completions",
    "http://192.168.0.5:1234/v1/chat/completions": "http://192.168.0.5:1234/v1/chat/completions",
    "http://[fd12:3456::1]:8000/v1": "http://[fd12:3456::1]:8000/v1/chat/completions",
    "http://ollama:11434/v1": "http://ollama:11434/v1/chat/completions",
    "http://gpu-box.lan:8000": "http://gpu-box.lan:8000/v1/chat/completions",
    "http://vllm.default.svc.cluster.local": "http://vllm.default.svc.cluster.local/v1/chat/completions",
    "https://llm.internal": "https://llm.internal/v1/chat/completions",
}

# what is pasted → a word of the reason
REFUSED = {
    "localhost:11434/v1": "http://localhost:11434/v1",
    "192.168.1.20:8000": "http://192.168.1.20:8000",
    "ollama:11434": "http://ollama:11434",
    "hello": "not a URL",
    "hello world": "space",
    "api.openai.com/v1": "https://",
    "//api.openai.com/v1": "not a URL",
    "https:api.openai.com": "not a URL",
    "https://": "host",
    "https:///v1": "host",
    "https://.": "host",
    "https://a..b/v1": "host",
    "https://-a.example": "host",
    "https://exa_mple!.com": "",
    "https://user@llm.example/v1": "user name",
    "https://user:sk-abcdefgh@llm.example/v1": "user name",
    "https://@llm.example/v1": "user name",
    "https://llm.example/v1?key=abc": "?",
    "https://llm.example/v1?": "?",
    "https://llm.example/v1?api-version=2024-10-21": "api-version",
    "https://llm.example/v1#top": "#",
    "https://llm.example/v1#": "#",
    "javascript:alert(1)": "not a URL",
    "javascript://llm.example/%0aalert(1)": "javascript",
    "ftp://llm.example": "ftp",
    "file:///etc/passwd": "file",
    "ws://llm.example": "ws",
    "http://api.openai.com/v1": "http",
    "http://llm.example/v1": "http",
    "http://8.8.8.8/v1": "http",
    "https://169.254.169.254/latest": "never",
    "https://169.254.170.2/v2": "never",
    "https://168.63.129.16": "never",
    "https://100.100.100.200": "never",
    "https://192.0.0.192/opc": "never",
    "https://[fd00:ec2::254]": "never",
    "https://[::ffff:169.254.169.254]": "never",
    "https://[64:ff9b::a9fe:a9fe]": "never",
    "https://[2002:a9fe:a9fe::]": "never",
    "https://[fe80::1]": "never",
    "https://metadata.google.internal/computeMetadata": "never",
    "https://metadata.google.internal.": "never",
    "https://METADATA.google.INTERNAL": "never",
    "https://0.0.0.0": "never",
    "https://[::]": "never",
    "https://2130706433": "usual form",
    "https://0x7f000001": "usual form",
    "https://127.1": "usual form",
    "https://0177.0.0.1": "IPv4",
    "https://llm.example:0": "port",
    "https://llm.example:99999": "",
    "https://llm.example:abc": "",
    "https://llm.example\\@evil.example": "backslash",
    "https://llm.example/a/../b": "..",
    "https://llm.example/%2e%2e/b": "encoded",
    "https://llm.example/a%2fb": "encoded",
    "https://llm.example//v1": "empty",
    "https://llm.example/v1\r\nHost: evil": "line break",
    "https://llm.example/a\x00b": "space",
    "https://llm.example/" + "a" * 300: "300",
    "https://res.openai.azure.com": "Azure OpenAI",
    "https://res.openai.azure.com/openai/deployments/dep": "Azure OpenAI",
    "https://ai.azure.com/resource/overview?wsid=/subscriptions/1/accounts/res": "portal",
}

AZURE_REFUSED = {
    "": "",
    "https://api.openai.com/v1": "OpenAI",
    "https://res.openai.azure.com/v1": "path",
    "https://res.openai.azure.com/v1/chat/completions": "path",
    "https://res.openai.azure.com/?api-version=today": "api-version",
    "https://res.openai.azure.com/openai/v1?key=abc": "?",
    "https://ai.azure.com/build/overview": "portal",
    "https://portal.azure.com/#home": "portal",
    "http://res.openai.azure.com": "http",
    "https://user@res.openai.azure.com": "user name",
}


@pytest.mark.parametrize("text", OPENAI_SPELLINGS)
def test_openai_is_understood(text):
    assert endpoint.parse(text, Kind.OPENAI).url(CHAT, "gpt-6-sol") == OPENAI_SPELLINGS[text]


@pytest.mark.parametrize("text", AZURE_CLASSIC_SPELLINGS)
def test_azure_with_deployment_and_version_is_understood(text):
    found = endpoint.parse(text, Kind.AZURE, deployment="dep", api_version=DATE)
    assert found.style == "azure_classic"
    assert found.url(CHAT) == AZURE_CLASSIC_SPELLINGS[text]


@pytest.mark.parametrize("text", AZURE_V1_SPELLINGS)
def test_azure_v1_is_understood(text):
    found = endpoint.parse(text, Kind.AZURE)
    assert found.style == "azure_v1"
    assert found.url(CHAT, "dep") == AZURE_V1_SPELLINGS[text]


@pytest.mark.parametrize("text", COMPATIBLE_SPELLINGS)
def test_compatible_server_is_understood(text):
    assert endpoint.parse(text, Kind.COMPATIBLE).url(CHAT, "m") == COMPATIBLE_SPELLINGS[text]


@pytest.mark.parametrize("text", PRIVATE_SPELLINGS)
def test_private_server_is_understood_only_where_that_is_allowed(text):
    assert endpoint.parse(text, Kind.COMPATIBLE, allow_private=True).url(CHAT, "m") == PRIVATE_SPELLINGS[text]
    with pytest.raises(errors.InvalidParameter):
        endpoint.parse(text, Kind.COMPATIBLE)


@pytest.mark.parametrize("allow_private", [False, True])
@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_endpoint_is_refused_with_a_reason(text, allow_private):
    with pytest.raises(errors.InvalidParameter) as caught:
        endpoint.parse(text, Kind.COMPATIBLE, allow_private=allow_private)
    assert caught.value.facts["param"] == "endpoint"
    assert REFUSED[text].lower() in caught.value.facts["reason"].lower()


@pytest.mark.parametrize("text", AZURE_REFUSED)
def test_what_is_not_azure_is_refused_with_a_reason(text):
    with pytest.raises(errors.InvalidParameter) as caught:
        endpoint.parse(text, Kind.AZURE, deployment="dep", api_version=DATE)
    assert AZURE_REFUSED[text].lower() in caught.value.facts["reason"].lower()


@pytest.mark.parametrize(
    "text", [*OPENAI_SPELLINGS, *COMPATIBLE_SPELLINGS, *AZURE_V1_SPELLINGS, *AZURE_CLASSIC_SPELLINGS]
)
def test_what_was_understood_can_be_entered_again(text):
    """Reading the base of what was read gives the same endpoint: nothing is joined twice."""
    if text in COMPATIBLE_SPELLINGS:
        kind, fields = Kind.COMPATIBLE, {}
    elif text in OPENAI_SPELLINGS:
        kind, fields = Kind.OPENAI, {}
    elif text in AZURE_CLASSIC_SPELLINGS:
        kind, fields = Kind.AZURE, {"deployment": "dep", "api_version": DATE}
    else:
        kind, fields = Kind.AZURE, {}
    once = endpoint.parse(text, kind, **fields)
    if once.base == f"https://{once.host}":
        return  # a server without any prefix has to be entered with the operation
    assert endpoint.parse(once.base, kind, **fields).base == once.base


class AzureTests(unittest.TestCase):
    def test_deployment_in_the_target_uri_is_taken_over(self):
        found = endpoint.parse(CLASSIC, Kind.AZURE)
        self.assertEqual((found.deployment, found.api_version), ("dep", DATE))

    def test_deployment_of_the_portal_link_is_taken_over(self):
        link = "https://ai.azure.com/x/%2Fproviders%2FA%2Faccounts%2Fres%2Fdeployments%2Fmy-dep?wsid=1"
        self.assertEqual(endpoint.parse(link, Kind.AZURE).deployment, "my-dep")

    def test_model_of_the_call_is_the_deployment(self):
        found = endpoint.parse("https://res.openai.azure.com", Kind.AZURE, deployment="dep", api_version=DATE)
        self.assertIn("/deployments/other/", found.url(CHAT, "other"))

    def test_some_operations_are_outside_of_deployments(self):
        found = endpoint.parse("https://res.openai.azure.com", Kind.AZURE, deployment="dep", api_version=DATE)
        base = "https://res.openai.azure.com/openai"
        self.assertEqual(found.url(MODELS), f"{base}/models?api-version={DATE}")
        self.assertEqual(found.url(RESPONSES, "dep"), f"{base}/responses?api-version={DATE}")
        self.assertEqual(found.url(MODELS, suffix="gpt-5"), f"{base}/models/gpt-5?api-version={DATE}")

    def test_a_call_without_any_deployment_is_refused(self):
        found = endpoint.parse("https://res.openai.azure.com", Kind.AZURE, api_version=DATE)
        with self.assertRaises(errors.NoModel):
            found.url(CHAT)

    def test_deployments_path_needs_a_version(self):
        for text in ("https://res.openai.azure.com/openai/deployments/", CLASSIC.partition("?")[0]):
            with self.assertRaises(errors.InvalidParameter) as caught:
                endpoint.parse(text, Kind.AZURE)
            self.assertEqual(caught.exception.facts["param"], "api_version")

    def test_fields_that_contradict_the_address_are_refused_by_name(self):
        for fields, param in (
            ({"deployment": "other"}, "deployment_name"),
            ({"api_version": "2025-04-01-preview"}, "api_version"),
        ):
            with self.assertRaises(errors.InvalidParameter) as caught:
                endpoint.parse(CLASSIC, Kind.AZURE, **fields)
            self.assertEqual(caught.exception.facts["param"], param)

    def test_versions_that_are_none_are_refused(self):
        for version in ("2024", "2024-1-1", "v1", "2024-10-21-beta", "2024-10-21&x=y", "2024-10-21\n"):
            if version.strip() == DATE:
                continue
            with self.assertRaises(errors.InvalidParameter):
                endpoint.parse("https://res.openai.azure.com", Kind.AZURE, deployment="dep", api_version=version)

    def test_key_and_entra_token_go_into_different_headers(self):
        secret = Secret("0123456789abcdef")
        key = endpoint.parse(CLASSIC, Kind.AZURE).headers(secret)
        token = endpoint.parse(CLASSIC, Kind.AZURE, entra=True).headers(secret)
        self.assertEqual((key.get("api-key"), key.get("authorization")), ("0123456789abcdef", None))
        self.assertEqual((token.get("api-key"), token.get("authorization")), (None, "Bearer 0123456789abcdef"))


class UrlTests(unittest.TestCase):
    def test_no_model_name_leaves_its_segment(self):
        found = endpoint.parse(CLASSIC, Kind.AZURE)
        for name, segment in (
            ("a/../../b", "a%2F..%2F..%2Fb"),
            ("a?b#c", "a%3Fb%23c"),
            ("ft:gpt:x", "ft%3Agpt%3Ax"),
            ("ä b", "%C3%A4%20b"),
            ("%2e%2e", "%252e%252e"),
        ):
            self.assertIn(f"/deployments/{segment}/chat/", found.url(CHAT, name))
        for name in (".", "..", "a\nb", "a\0", "\ud800"):
            with self.assertRaises(errors.InvalidParameter):
                found.url(CHAT, name)

    def test_every_request_stays_at_the_origin_the_key_is_bound_to(self):
        for text, kind in ((CLASSIC, Kind.AZURE), ("https://llm.example:8443/x", Kind.COMPATIBLE), ("", Kind.OPENAI)):
            found = endpoint.parse(text, kind)
            self.assertRegex(found.origin, r"^https://[^/]+:\d+$")
            self.assertTrue(found.url(CHAT, "m@evil.example").startswith(found.origin.removesuffix(":443") + "/"))


class HeaderTests(unittest.TestCase):
    def test_organization_and_project_are_sent(self):
        found = endpoint.parse("", Kind.OPENAI, organization="org-1", project="proj_1")
        headers = found.headers(Secret("sk-0123456789"))
        self.assertEqual(headers["authorization"], "Bearer sk-0123456789")
        self.assertEqual((headers["openai-organization"], headers["openai-project"]), ("org-1", "proj_1"))
        self.assertEqual(headers["accept-encoding"], "identity")

    def test_organization_with_a_line_break_is_refused(self):
        for bad in ("org\r\nx: y", "örg"):
            with self.assertRaises(errors.InvalidParameter):
                endpoint.parse("", Kind.OPENAI, organization=bad)

    def test_a_ciphertext_is_never_sent_as_a_key(self):
        with self.assertRaises(errors.KeyUnreadable):
            endpoint.parse("", Kind.OPENAI).headers(Secret("gAAAAABnX9q"))

    def test_a_key_that_is_no_header_is_refused_without_showing_it(self):
        for bad in ("sk-ä", "sk-a b", "sk-a\r\nx: y"):
            with self.assertRaises(errors.InvalidParameter) as caught:
                endpoint.parse("", Kind.OPENAI).headers(Secret(bad))
            self.assertNotIn("sk-", str(caught.exception))


class UnderstoodTests(unittest.TestCase):
    def test_it_is_one_sentence_with_the_facts(self):
        said = endpoint.parse(CLASSIC, Kind.AZURE).understood
        for fact in ("Azure OpenAI", "res.openai.azure.com", "deployment dep", DATE, "https://res.openai.azure.com/"):
            self.assertIn(fact, said)
        self.assertIn("api.openai.com/v1/", endpoint.parse("", Kind.OPENAI).understood)
        self.assertIn("Entra", endpoint.parse(V1, Kind.AZURE, entra=True).understood)

    def test_it_tells_what_was_left_out(self):
        said = endpoint.parse(V1.replace("/chat/completions", ""), Kind.AZURE, api_version=DATE).understood
        self.assertIn(f"version {DATE} is not needed", said)


class SandboxTests(unittest.TestCase):
    def test_whatever_is_entered_it_stays_the_sandbox(self):
        for text in ("", "https://sandbox.invalid/v1", "https://evil.example"):
            found = endpoint.parse(text, Kind.SANDBOX)
            self.assertEqual(found.url(CHAT, "sandbox"), "https://sandbox.invalid/v1/chat/completions")
            self.assertFalse(found.needs_key)
