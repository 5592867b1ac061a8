"""What each model family takes, costs, and until when it lives: data files, and the code that fits a request to them.

    data/*.toml     parameters, APIs, families: the facts, each with its source
    families.py     a model's name → its family
    apis.py         an endpoint's kind and version → what that API takes
    parameters.py   what a family takes at an API → the form's fields
    checks.py       a value → accepted, or `errors.InvalidParameter`
    schemas.py      JSON schemas and tools: what the API would refuse in them, and where
    located.py      JSON as people type it, and where each part of it stands
    prices.py       usage → what it cost, part by part
    fitting.py      a request → what is sent, and a notice for everything that was changed

No model name stands in the code. The files are read once, when first asked for.
"""

from connector.catalogue.apis import api
from connector.catalogue.families import Family, check, find, models, shutdown, suggested
from connector.catalogue.fitting import Fitted, Notice, fit
from connector.catalogue.parameters import Description, Parameter, describe, parameters
from connector.catalogue.prices import Bill, bill, estimate, price_of

__all__ = [
    "Bill",
    "Description",
    "Family",
    "Fitted",
    "Notice",
    "Parameter",
    "api",
    "bill",
    "check",
    "describe",
    "estimate",
    "find",
    "fit",
    "models",
    "parameters",
    "price_of",
    "shutdown",
    "suggested",
]
