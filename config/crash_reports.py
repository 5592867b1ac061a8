"""What a crash report may say (`security.md` K14): neither a form's secrets nor a variable's."""

import re
from collections.abc import ItemsView
from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

from connector.client import masking

NAMES = re.compile(r"API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|COOKIE|CREDENTIAL|CANARY|DATABASE_URL|REDIS_URL", re.I)
DEEPEST = 5  # dictionaries in dictionaries; one may contain itself


class Filter(SafeExceptionReporterFilter):
    """Hides by name without being asked, where Django's own waits for a decorator that can be forgotten."""

    hidden_settings = NAMES

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        return {name: self._clean(name, value) for name, value in super().get_post_parameters(request).items()}

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: FrameType) -> ItemsView[str, Any]:
        variables = super().get_traceback_frame_variables(request, tb_frame)
        return {name: self._clean(name, value) for name, value in variables}.items()

    def _clean(self, name: str, value: Any, depth: int = 0) -> Any:
        if NAMES.search(name):
            return self.cleansed_substitute
        if type(value) is dict and depth < DEEPEST:
            return {key: self._clean(str(key), inner, depth + 1) for key, inner in value.items()}
        if isinstance(value, str):
            return masking.mask(value)
        try:
            shown = repr(value)
        except Exception:  # whatever a foreign repr may raise; a report must not fail for it
            return f"<{type(value).__name__} that cannot be shown>"
        masked = masking.mask(shown)
        return value if masked == shown else masked
