"""Finds the facts of an Azure OpenAI address: the style of its API, the deployment, the API version.

Understood are resource URLs (with or without /openai, /openai/deployments/, /openai/v1), full target URIs, project
and model endpoints of AI Foundry, gateways with a path in front of /openai, and links into the portals.
"""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

import httpx

from connector.client import errors

_HOSTS = re.compile(
    r".+\.(openai\.azure|cognitiveservices\.azure|services\.ai\.azure|api\.cognitive\.microsoft|inference\.ai\.azure"
    r"|models\.ai\.azure)\.(com|us|cn)"
)
_PORTALS = re.compile(r"https://(?:ai|oai|portal)\.azure\.(com|us|cn)(/|$|\?|#)", re.IGNORECASE)
_ACCOUNT = re.compile(r"/accounts/([a-z0-9][a-z0-9-]{1,63})", re.IGNORECASE)
_FOUNDRY = re.compile(
    r"/nextgen/r/[^,/]+,[^,/]+,[^,/]*,([a-z0-9][a-z0-9-]{1,63}),", re.IGNORECASE
)  # sub,group,,account,project
_DEPLOYMENT = re.compile(r"/deployments/([^/?&#]+)", re.IGNORECASE)
_CLASSIC = re.compile(r"(?P<prefix>.*?)/openai/deployments(/(?P<deployment>[^/]+)(/.*)?)?")
_V1 = re.compile(r"(?P<prefix>.*?)/openai/v1(/.*)?")
_OPENAI = re.compile(r"(?P<prefix>.*?)/openai(/(models|responses).*)?")
_FOUNDRY_PATHS = re.compile(r"(/api/projects(/[^/]+)?|/models(/.*)?)")
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    path: str  # of the base: /openai or /openai/v1, with a gateway's prefix
    style: Literal["azure_classic", "azure_v1"]
    deployment: str
    api_version: str
    note: str = ""


def is_azure(host: str) -> bool:
    """Whether `host` is one of Microsoft's own for these services."""
    return bool(_HOSTS.fullmatch(host.lower().rstrip(".")))


def is_v1(path: str) -> bool:
    return bool(_V1.fullmatch(path.rstrip("/")))


def read_portal(text: str) -> tuple[str, str] | None:
    """The resource's URL and the deployment ("" if none) that a portal's link shows; None when `text` is no such link.

    Raises `errors.InvalidParameter` when it is one but does not say which resource.
    """
    portal = _PORTALS.match(text)
    if not portal:
        return None
    plain = unquote(unquote(text))
    account = _ACCOUNT.search(plain) or _FOUNDRY.search(plain)
    if not account:
        raise _wrong(
            "this is a page of Azure's portal that does not name the resource; copy the endpoint from "
            "'Keys and Endpoint', like https://your-resource.openai.azure.com"
        )
    deployment = _DEPLOYMENT.search(plain, account.end())
    return f"https://{account[1].lower()}.openai.azure.{portal[1].lower()}", deployment[1] if deployment else ""


def read(url: httpx.URL, *, deployment: str, api_version: str) -> Found:
    """The facts in `url`, completed by the fields beside it; raises `errors.InvalidParameter` where they disagree."""
    if url.host == "api.openai.com":
        raise _wrong("this is OpenAI's own address; choose OpenAI as the API type")
    path = url.path.rstrip("/")
    version = _version(url)
    if found := _V1.fullmatch(path):
        return _v1(found["prefix"], deployment, version or api_version)
    if found := _CLASSIC.fullmatch(path):
        deployment = agree("deployment_name", found["deployment"] or "", deployment)
        return _classic(found["prefix"], deployment, agree("api_version", version, api_version))
    if is_azure(url.host) and _FOUNDRY_PATHS.fullmatch(path):
        return _v1("", deployment, "" if version else api_version)
    found = _OPENAI.fullmatch(path)
    if is_azure(url.host) and path and not found:
        raise _wrong("the path is not one of Azure OpenAI's; enter the address up to the host, or the whole target URI")
    prefix = found["prefix"] if found else path
    version = agree("api_version", version, api_version)
    return _classic(prefix, deployment, version) if _DATED.fullmatch(version) else _v1(prefix, deployment, version)


def _classic(prefix: str, deployment: str, version: str) -> Found:
    if not _DATED.fullmatch(version):
        raise errors.InvalidParameter(
            param="api_version",
            reason="addresses with /deployments/ need one, like 2024-10-21 (or use …/openai/v1, which needs none)",
        )
    return Found(path=f"{prefix}/openai", style="azure_classic", deployment=deployment, api_version=version)


def _v1(prefix: str, deployment: str, version: str) -> Found:
    """Of the versions, /openai/v1 knows `preview` and `latest` only."""
    note = ""
    if _DATED.fullmatch(version):
        version, note = "", f"the API version {version} is not needed there and is left out"
    return Found(path=f"{prefix}/openai/v1", style="azure_v1", deployment=deployment, api_version=version, note=note)


def _version(url: httpx.URL) -> str:
    version = str(url.params.get("api-version", ""))
    if version and not (_DATED.fullmatch(version) or version in ("preview", "latest")):
        raise _wrong("the api-version in it is not one; write it as 2024-10-21 or 2025-04-01-preview")
    return version


def agree(param: str, there: str, here: str) -> str:
    """The one of both that is set; raises when both are and differ."""
    if there and here and there != here:
        name = param.replace("_", " ")
        raise errors.InvalidParameter(
            param=param, reason=f"the endpoint says {there}, this field {here}; make the {name} the same or empty one"
        )
    return there or here


def _wrong(reason: str) -> errors.InvalidParameter:
    return errors.InvalidParameter(param="endpoint", reason=reason)
