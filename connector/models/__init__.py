"""What we remember.

User ──< ChatCompletionsSession >── Configuration ──1 ApiKey
               │                         ├──< DeployedModel
               └──< ChatCompletionsMessage (parent link: edits and regenerations are siblings)
User ──< Run >── Configuration
"""

from connector.models.api_key import ApiKey, Canary
from connector.models.configuration import ApiType, Configuration
from connector.models.deployed_model import DeployedModel
from connector.models.generated_image import AbstractGeneratedImage
from connector.models.message import AbstractChatCompletionsMessage, ChatCompletionsMessage
from connector.models.run import Run
from connector.models.session import ChatCompletionsSession

__all__ = [
    "AbstractChatCompletionsMessage",
    "AbstractGeneratedImage",
    "ApiKey",
    "ApiType",
    "Canary",
    "ChatCompletionsMessage",
    "ChatCompletionsSession",
    "Configuration",
    "DeployedModel",
    "Run",
]
