"""Every address of embeddings, for somebody else and for a request that does not exist."""

from django.test import TestCase

from playground.embeddings import urls
from tests.builders import an_embedding
from tests.playground.addresses import Addresses

# name: (methods it answers, whose key it takes)
ROUTES = {
    "embeddings": ("GET", ""),
    "embeddings_ask": ("POST", ""),
    "embeddings_form": ("POST", ""),
    "embedding": ("GET", "run"),
    "embedding_events": ("GET", "run"),
    "embedding_stop": ("POST", "run"),
    "embedding_again": ("POST", "run"),
    "embedding_delete": ("POST", "run"),
    "embedding_file": ("GET", "run"),
}


class AddressTests(Addresses, TestCase):
    urls = urls
    routes = ROUTES
    further = {"embedding_file": ["vectors.csv"]}
    streams = {"embedding_events"}

    def setUp(self):
        super().setUp()
        self.own = {"run": an_embedding(self.owner).pk}
