"""What a test of the connection says at Azure, whose answers are played here."""

import json
import unittest

import httpx

from connector.admin import findings
from connector.client import endpoint
from connector.client.secret import Secret
from connector.client.transport import Client

CLASSIC = "https://r.openai.azure.com/openai/deployments/eu?api-version=2024-10-21"
RESOURCE = "https://r.openai.azure.com/openai?api-version=2024-10-21"
V1 = "https://r.openai.azure.com/openai/v1"


def an_error(code, message="…"):
    return {"error": {"code": code, "message": message}}


class AzureTests(unittest.IsolatedAsyncioTestCase):
    async def found(self, status, answer, address=CLASSIC, deployments=("eu",)):
        self.asked = []

        def provider(request):
            self.asked.append(request)
            return httpx.Response(status, json=answer)

        parsed = endpoint.parse(address, "azure_openai")
        client = Client(parsed, Secret("a" * 32), transport=httpx.MockTransport(provider))
        return await findings.find(client, default_model="eu", deployments=list(deployments))

    async def test_a_deployment_that_exists_refuses_a_chat_without_messages(self):
        finding = await self.found(400, an_error("invalid", "[] is too short - 'messages'"))
        self.assertTrue(finding.works)
        self.assertIn("the deployment eu exists", finding.text)
        [asked] = self.asked
        self.assertEqual(asked.url.path, "/openai/deployments/eu/chat/completions")
        self.assertEqual(json.loads(asked.content), {"messages": []})

    async def test_a_deployment_that_does_not(self):
        finding = await self.found(404, an_error("DeploymentNotFound"))
        self.assertEqual(finding.code, "not_found")
        self.assertIn("The resource exists, the deployment eu does not", finding.text)

    async def test_a_path_that_does_not(self):
        finding = await self.found(404, an_error("404", "Resource not found"))
        self.assertIn("API version", finding.text)

    async def test_a_refused_key(self):
        finding = await self.found(401, an_error("401", "Access denied"))
        self.assertEqual(finding.code, "key_refused")
        self.assertIn("Entra", finding.text)

    async def test_a_busy_deployment_exists(self):
        self.assertTrue((await self.found(429, an_error("429"))).works)

    async def test_an_unknown_api_version(self):
        finding = await self.found(400, an_error("BadRequest", "API version not supported"))
        self.assertFalse(finding.works)
        self.assertIn("API version", finding.text)

    async def test_without_a_deployment_the_resource_is_tested(self):
        finding = await self.found(200, {"data": [{"id": "gpt-x"}]}, RESOURCE, deployments=())
        self.assertTrue(finding.works)
        self.assertIn("Enter a deployment", finding.text)

    async def test_the_v1_api_lists_no_deployments(self):
        finding = await self.found(200, {"data": [{"id": "gpt-x"}]}, V1)
        self.assertTrue(finding.works)
        self.assertEqual(self.asked[0].url.path, "/openai/v1/models")
