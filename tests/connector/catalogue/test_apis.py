"""Which facts hold for an endpoint."""

import pytest

from connector import catalogue
from connector.client import endpoint


@pytest.mark.parametrize(
    ("kind", "style", "version", "name"),
    [
        ("openai", "v1", "", "openai"),
        ("openai_compatible", "v1", "", "openai_compatible"),
        ("sandbox", "v1", "", "sandbox"),
        ("azure_openai", "azure_classic", "2024-10-21", "azure_openai/stable"),
        ("azure_openai", "azure_classic", "2024-06-01", "azure_openai/stable"),
        ("azure_openai", "azure_classic", "2025-04-01-preview", "azure_openai/preview"),
        ("azure_openai", "azure_classic", "2024-12-01-preview", "azure_openai/preview"),
        ("azure_openai", "azure_v1", "preview", "azure_openai"),
        ("azure_openai", "azure_v1", "", "azure_openai"),
        ("azure_openai", "", "", "azure_openai"),
    ],
)
def test_an_endpoint_is_read_by_the_document_nearest_to_it(kind, style, version, name):
    assert catalogue.api(kind, style, version) == name


def test_what_an_administrator_pastes_leads_to_the_same_name():
    pasted = "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21"
    where = endpoint.parse(pasted, "azure_openai")
    assert catalogue.api(where.kind, where.style, where.api_version) == "azure_openai/stable"
