"""Where a provider is and how its addresses are put together. `parse` understands what an administrator pastes.

All joining of base and path happens in `Endpoint.url`, so `/v1/v1/` cannot happen. Azure is three facts: host, header,
and path; `azure.py` finds them.
"""

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal
from urllib.parse import quote, urlencode

import httpx

from connector.client import address, azure, errors
from connector.client.operation import Operation
from connector.client.secret import Secret

LONGEST = 300  # characters
DEFAULTS = {"openai": "https://api.openai.com/v1", "sandbox": "https://sandbox.invalid/v1"}
USER_AGENT = "Promptyard"

_API_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?|preview|latest")
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_NUMERIC = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)")
_OPERATIONS = re.compile(
    r"/(chat/completions|completions|responses|embeddings|images/(generations|edits|variations)"
    r"|audio/(speech|transcriptions|translations)|moderations|models)$"
)


class Kind(StrEnum):
    OPENAI = "openai"
    AZURE = "azure_openai"
    COMPATIBLE = "openai_compatible"
    SANDBOX = "sandbox"


type Style = Literal["v1", "azure_classic", "azure_v1"]
type Auth = Literal["bearer", "api-key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    kind: Kind
    base: str  # https://api.openai.com/v1: what every path is appended to; no slash at its end
    origin: str  # https://api.openai.com:443: what a key is bound to
    style: Style = "v1"
    deployment: str = ""  # Azure: used when a call names no model
    api_version: str = ""
    auth: Auth = "bearer"
    organization: str = ""
    project: str = ""
    note: str = ""  # what `parse` had to leave aside, for `understood`

    @property
    def host(self) -> str:
        """host:port, as people say it: without the port when it is the usual one."""
        host = self.origin.partition("://")[2]
        return host.removesuffix(":443" if self.is_https else ":80")

    @property
    def is_https(self) -> bool:
        return self.origin.startswith("https:")

    @property
    def is_public(self) -> bool:
        """OpenAI's own address, which everybody knows."""
        return self.kind is Kind.OPENAI and self.base == DEFAULTS["openai"]

    @property
    def needs_key(self) -> bool:
        """OpenAI and Azure answer nobody without one; a compatible server may."""
        return self.kind in (Kind.OPENAI, Kind.AZURE)

    def url(self, operation: Operation, model: str = "", *, suffix: str = "") -> str:
        """The full address of `operation`. On Azure's dated versions `model` is the deployment in the path.

        `suffix` is one more path segment (`/models/{suffix}`). Raises `NoModel`, `InvalidParameter`.
        """
        path = operation.path
        if suffix:
            path += "/" + _segment(suffix.removeprefix("/"), "path")
        if self.style == "azure_classic" and operation.in_deployment:
            deployment = model or self.deployment
            if not deployment:
                raise errors.NoModel(operation=operation.name)
            path = f"deployments/{_segment(deployment, 'model')}/{path}"
        query = [*operation.query]
        if self.api_version and "api-version" not in dict(query):
            query.insert(0, ("api-version", self.api_version))
        return f"{self.base}/{path}" + (f"?{urlencode(query, quote_via=quote)}" if query else "")

    def headers(self, secret: Secret | None) -> dict[str, str]:
        """The headers every request carries. Raises `KeyUnreadable` for a ciphertext, which is never sent as a key."""
        headers = {"accept-encoding": "identity", "user-agent": USER_AGENT}
        if secret:
            key = _sendable(secret.reveal())
            if self.auth == "api-key":
                headers["api-key"] = key
            else:
                headers["authorization"] = f"Bearer {key}"
        if self.organization:
            headers["openai-organization"] = self.organization
        if self.project:
            headers["openai-project"] = self.project
        return headers

    @property
    def understood(self) -> str:
        """One sentence for the person who typed it."""
        if self.kind is Kind.SANDBOX:
            return "The sandbox: answers are made up here, nothing is sent anywhere."
        if self.style == "v1":
            who = (
                "OpenAI's API"
                if self.base == DEFAULTS["openai"]
                else f"A server that speaks OpenAI's API at {self.host}"
            )
            text = f"{who}; requests go to {self.base}/…"
        else:
            text = f"Azure OpenAI at {self.host}, {self._azure_facts()}; requests go to {self._example()}"
        return f"{text}; {self.note}." if self.note else text

    def _azure_facts(self) -> str:
        style = "the v1 API" if self.style == "azure_v1" else "the API with deployments in the path"
        version = f", API version {self.api_version}" if self.api_version else ""
        deployment = f", deployment {self.deployment}" if self.deployment else ""
        key = ", with an Entra token" if self.auth == "bearer" else ""
        return style + version + deployment + key

    def _example(self) -> str:
        if self.style == "azure_v1":
            return f"{self.base}/…"
        return f"{self.base}/deployments/{quote(self.deployment, safe='') or '{deployment}'}/…"


def parse(
    text: str,
    kind: Kind | str,
    *,
    deployment: str = "",
    api_version: str = "",
    entra: bool = False,
    organization: str = "",
    project: str = "",
    allow_private: bool = False,
) -> Endpoint:
    """What `text` means, with the fields beside it; raises `errors.InvalidParameter` with a reason for people.

    Empty means the usual address for OpenAI and the sandbox. `entra`: the key is a Microsoft Entra token.
    `allow_private`: addresses of the own network, and plain http to them, are allowed.
    """
    kind = Kind(kind)
    text = text.strip() or DEFAULTS.get(kind, "")
    deployment, api_version = deployment.strip(), api_version.strip()
    _check_fields(deployment=deployment, api_version=api_version, organization=organization, project=project)
    organization, project = organization.strip(), project.strip()
    if kind is Kind.SANDBOX:
        return Endpoint(kind=kind, base=DEFAULTS["sandbox"], origin="https://sandbox.invalid:443")
    if len(text) > LONGEST:
        raise _wrong(f"longer than {LONGEST} characters")
    if portal := azure.read_portal(text):
        if kind is not Kind.AZURE:
            raise _wrong("this is a link into Azure's portal; choose Azure OpenAI as the API type")
        text, deployment = portal[0], azure.agree("deployment_name", portal[1], deployment)
    url = _read(text)
    origin = _origin(url, allow_private=allow_private)
    if kind is Kind.AZURE:
        found = azure.read(url, deployment=deployment, api_version=api_version)
        return Endpoint(
            kind=kind,
            base=_without_default_port(origin) + found.path,
            origin=origin,
            style=found.style,
            deployment=found.deployment,
            api_version=found.api_version,
            auth="bearer" if entra else "api-key",
            note=found.note,
        )
    if azure.is_azure(url.host) and not azure.is_v1(url.path):
        raise _wrong("this is an Azure OpenAI address; choose Azure OpenAI as the API type")
    if "api-version" in url.params:
        raise _wrong("api-version belongs to Azure OpenAI; choose it as the API type, or remove the part from the ?")
    base = _without_default_port(origin) + _base_path(url.path)
    return Endpoint(kind=kind, base=base, origin=origin, organization=organization, project=project)


def _read(text: str) -> httpx.URL:
    """The URL in `text`, by the parser that will also send to it, so that both see the same host."""
    if re.search(r"[\s\\\x00-\x1f\x7f]", text):
        raise _wrong("there is a space, a line break or a backslash inside")
    if not re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*://", text):
        if found := re.match(r"([\w-]+(?:\.[\w-]+)+|localhost|[\w-]+(?=:\d))(:\d+)?(/|$)", text):
            # most servers in one's own network speak plain http
            scheme = "http" if _is_near(found[1]) else "https"
            raise _wrong(f"write it with {scheme}:// in front: {scheme}://{text[:80]}")
        raise _wrong("this is not a URL; it begins with https://")
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise _wrong(f"this is not a URL ({error})") from error
    if url.scheme not in ("https", "http"):
        raise _wrong(f"it begins with https:// here, not with {url.scheme}://")
    if "@" in text.partition("://")[2].partition("/")[0] or url.userinfo:
        raise _wrong("there is a user name or password before the host; a key has its own field")
    if "#" in text:
        raise _wrong("remove the part from the # on")
    if "?" in text and set(url.params) != {"api-version"}:
        raise _wrong("remove the part from the ? on; only api-version may stand there")
    _check_path(url, text)
    return url


def _check_path(url: httpx.URL, text: str) -> None:
    """`text` as well, for the parser has already resolved `..` in `url`."""
    path = url.raw_path.decode().partition("?")[0]
    if re.search(r"/\.\.?(/|\?|$)", text.partition("://")[2]) and url.host:
        raise _wrong("the path has . or .. in it")
    if re.search(r"%(2e|2f|5c|0[0-9a-f]|1[0-9a-f]|7f)", path, re.IGNORECASE) or "//" in path.rstrip("/"):
        raise _wrong("the path has an empty or encoded part in it")
    if not re.fullmatch(r"[A-Za-z0-9/._~%:@!$&'()*+,;={}-]*", path):
        raise _wrong("the path has characters in it that do not belong there")


def _origin(url: httpx.URL, *, allow_private: bool) -> str:
    """scheme://host:port, lower case and IDNA; raises for an address that is not called."""
    host = url.raw_host.decode("ascii").lower().rstrip(".")
    port = url.port if url.port is not None else (443 if url.scheme == "https" else 80)
    if not 0 < port < 65536:
        raise _wrong("the port is not between 1 and 65535")
    literal = _literal(host)
    if literal is None and (len(host) > 253 or not _HOST.fullmatch(host)):
        raise _wrong("the host is missing or is not a name")
    try:
        address.check(host, str(literal or "192.0.2.1"), allow_private=True)
    except errors.AddressRefused as error:
        raise _wrong(f"{host} is an address of the machine or the cloud itself, which is never called") from error
    private = address.is_private(literal) if literal else address.sounds_private(host)
    if url.scheme == "http" and not private:
        raise _wrong("plain http would send the key readable over the internet; use https://")
    if private and not allow_private:
        raise _wrong(f"{host} is in a private network; that has to be allowed in the settings (ALLOW_PRIVATE_HOSTS)")
    shown = f"[{host}]" if literal and literal.version == 6 else host
    return f"{url.scheme}://{shown}:{port}"


def _literal(host: str) -> address.Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        if _NUMERIC.fullmatch(host):
            raise _wrong("write the IP address in the usual form, four numbers from 0 to 255") from None
        return None


def _is_near(host: str) -> bool:
    try:
        return address.is_private(ipaddress.ip_address(host))
    except ValueError:
        return address.sounds_private(host)


def _base_path(path: str) -> str:
    """Without an operation and slashes at its end; `/v1` when nothing is left and nothing was asked for."""
    path = path.rstrip("/")
    if _OPERATIONS.search(path):
        return _OPERATIONS.sub("", path)
    return path or "/v1"


def _check_fields(*, deployment: str, api_version: str, organization: str, project: str) -> None:
    if api_version and not _API_VERSION.fullmatch(api_version):
        raise errors.InvalidParameter(param="api_version", reason="write it as 2024-10-21 or 2025-04-01-preview")
    if deployment:
        _segment(deployment, "deployment_name")
    for name, value in (("organization", organization), ("project", project)):
        if not re.fullmatch(r"[\x21-\x7e ]*", value):
            raise errors.InvalidParameter(param=name, reason="only plain letters, digits and signs can be sent")


def _segment(text: str, param: str) -> str:
    """`text` as one segment of a path, whatever is in it."""
    if text in (".", "..") or re.search(r"[\x00-\x1f\x7f]", text):
        raise errors.InvalidParameter(param=param, reason="this cannot be part of an address")
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise errors.InvalidParameter(param=param, reason="this cannot be part of an address") from None


def _sendable(key: str) -> str:
    if key.startswith("gAAAA"):
        raise errors.KeyUnreadable()
    if not re.fullmatch(r"[\x21-\x7e]+", key):
        raise errors.InvalidParameter(param="key", reason="a key has no spaces, line breaks or letters outside ASCII")
    return key


def _without_default_port(origin: str) -> str:
    return origin.removesuffix(":443" if origin.startswith("https:") else ":80")


def _wrong(reason: str) -> errors.InvalidParameter:
    return errors.InvalidParameter(param="endpoint", reason=reason)
