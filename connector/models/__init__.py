"""What we remember.

User ──< ChatCompletionsSession >── Configuration ──1 ApiKey
               │                         ├──< DeployedModel
               │                         ├──< Price (also of all configurations)
               └──< ChatCompletionsMessage (parent link: edits and regenerations are siblings)
User ──< Comparison ──< ChatCompletionsSession (its columns)
User ──< Run >── Configuration
             ├──< GeneratedImage (which ones it was derived from; groups that see it; albums)
             ├──< StoredFile (uploads that went along, and answers that are files)
             ├──1 Speech ──< Take (the sound of each voice)
             ├──1 Transcription
             └──< Call ──1 CallContent (also of those without a run: who called what, and how it went)
User ──< SavedPrompt ──< SavedPromptVersion
User ──< SavedRequest (raw requests under a name, with their uploads)
User ──1 UserLimits
User ──< UsageDay >── Configuration (what calls used, added up; also of everybody together)
"""

import connector.models.files  # noqa: F401  # files go with their rows
from connector.models.api_key import ApiKey, Canary
from connector.models.call import Call, CallContent
from connector.models.comparison import Comparison
from connector.models.configuration import ApiType, Configuration
from connector.models.deployed_model import DeployedModel
from connector.models.gallery import Album, GeneratedImage
from connector.models.generated_image import AbstractGeneratedImage
from connector.models.message import AbstractChatCompletionsMessage, ChatCompletionsMessage
from connector.models.price import Price
from connector.models.run import Run
from connector.models.saved_prompt import SavedPrompt, SavedPromptVersion
from connector.models.saved_request import SavedRequest
from connector.models.session import ChatCompletionsSession
from connector.models.speech import Speech, Take
from connector.models.stored_file import StoredFile
from connector.models.transcription import Transcription
from connector.models.usage import UsageDay
from connector.models.user_limits import UserLimits

__all__ = [
    "AbstractChatCompletionsMessage",
    "AbstractGeneratedImage",
    "Album",
    "ApiKey",
    "ApiType",
    "Call",
    "CallContent",
    "Canary",
    "ChatCompletionsMessage",
    "ChatCompletionsSession",
    "Comparison",
    "Configuration",
    "DeployedModel",
    "GeneratedImage",
    "Price",
    "Run",
    "SavedPrompt",
    "SavedPromptVersion",
    "SavedRequest",
    "Speech",
    "StoredFile",
    "Take",
    "Transcription",
    "UsageDay",
    "UserLimits",
]
