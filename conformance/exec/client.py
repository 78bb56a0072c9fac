"""A script for Azure, with nothing in it about ischia: azure-identity,
azure-storage-blob, and the HTTP libraries that scripts use by themselves."""

import asyncio
import ssl
import tempfile
import urllib.request
from datetime import datetime, timedelta, timezone

import aiohttp
import azure.identity
import azure.identity.aio
import certificate
import httpx
import requests
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import (
    BlobSasPermissions,
    BlobServiceClient,
    ContainerSasPermissions,
    generate_blob_sas,
    generate_container_sas,
)
from azure.storage.blob.aio import BlobServiceClient as AsyncBlobs
from calls import acall, call, release, same
from scope import SCOPE, STORAGE_SCOPE, TENANT, VERSION, WORKSPACE, account_key, store, works

IDENTITY, STORAGE, HTTP = "azure-identity", "azure-storage-blob", "HTTP libraries of Python"
CLIENT = "11111111-1111-4111-8111-111111111111"


def raises(kind, do) -> bool:
    """do() is refused the way that Azure refuses it."""
    try:
        do()
    except kind:
        return True
    return False


def federated(folder: str) -> str:
    """A file with a token of another identity provider, as in a pod or in CI."""
    name = folder + "/token"
    with open(name, "w", encoding="utf-8") as file:
        file.write(certificate.token())
    return name


def credentials(folder: str):
    """What people sign in with."""
    yield "DefaultAzureCredential", azure.identity.DefaultAzureCredential()
    yield "ManagedIdentityCredential", azure.identity.ManagedIdentityCredential()
    yield "ClientSecretCredential", azure.identity.ClientSecretCredential(TENANT, CLIENT, "any secret")
    yield "CertificateCredential", azure.identity.CertificateCredential(TENANT, CLIENT, certificate_data=certificate.pem())
    yield "ClientAssertionCredential", azure.identity.ClientAssertionCredential(TENANT, CLIENT, certificate.token)
    yield (
        "WorkloadIdentityCredential",
        azure.identity.WorkloadIdentityCredential(tenant_id=TENANT, client_id=CLIENT, token_file_path=federated(folder)),
    )
    yield "DeviceCodeCredential", azure.identity.DeviceCodeCredential(tenant_id=TENANT, prompt_callback=lambda *_: None)
    yield "UsernamePasswordCredential", azure.identity.UsernamePasswordCredential(CLIENT, "me@example.com", "any", tenant_id=TENANT)
    yield (
        "ChainedTokenCredential",
        azure.identity.ChainedTokenCredential(azure.identity.EnvironmentCredential(), azure.identity.ManagedIdentityCredential()),
    )


def identity() -> None:
    release(IDENTITY)
    with tempfile.TemporaryDirectory() as folder:
        for name, credential in credentials(folder):
            call(IDENTITY, name, lambda c=credential: works(c.get_token(SCOPE).token))
    default = azure.identity.DefaultAzureCredential()
    if hasattr(default, "get_token_info"):
        call(IDENTITY, "DefaultAzureCredential.get_token_info", lambda: works(default.get_token_info(SCOPE).token))
    provider = azure.identity.get_bearer_token_provider(default, SCOPE)
    call(IDENTITY, "get_bearer_token_provider", lambda: works(provider()))
    device = azure.identity.DeviceCodeCredential(tenant_id=TENANT, prompt_callback=lambda *_: None)
    call(IDENTITY, "DeviceCodeCredential.authenticate", lambda: device.authenticate(scopes=[SCOPE]).tenant_id == TENANT)
    call(IDENTITY, "a token for storage does not open the workspace", lambda: not works(default.get_token(STORAGE_SCOPE).token))


def http(headers) -> None:
    """The same request by several libraries."""
    ask = {"params": VERSION, "headers": headers, "timeout": 30}
    call(HTTP, "requests", lambda: requests.get(WORKSPACE, **ask).status_code == 200)
    call(HTTP, "httpx", lambda: httpx.get(WORKSPACE, **ask).status_code == 200)
    strict = ssl.create_default_context()
    strict.verify_flags |= ssl.VERIFY_X509_STRICT  # as Python 3.13 does by itself
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=strict))
    request = urllib.request.Request(WORKSPACE + "?api-version=2024-04-01", headers=headers)
    call(HTTP, "urllib, strict", lambda: opener.open(request, timeout=30).status == 200)


def signatures(blobs, account, container, key) -> None:
    """Links and keys, as a script makes them."""
    blob, until = blobs.get_blob_client(container, "from/python.txt"), datetime.now(timezone.utc) + timedelta(hours=1)
    read = BlobSasPermissions(read=True)
    link = generate_blob_sas(account, container, "from/python.txt", account_key=key, permission=read, expiry=until)
    call(STORAGE, "generate_blob_sas", lambda: requests.get(blob.url + "?" + link, timeout=30).content == b"python")
    link = generate_container_sas(account, container, account_key=key, permission=ContainerSasPermissions(list=True), expiry=until)
    listed = BlobServiceClient(blobs.url, credential=link).get_container_client(container)
    call(STORAGE, "generate_container_sas", lambda: [*listed.list_blob_names(name_starts_with="from/python")])
    text = f"DefaultEndpointsProtocol=https;AccountName={account};AccountKey={key};EndpointSuffix=core.windows.net"
    by_key = BlobServiceClient.from_connection_string(text)
    call(STORAGE, "BlobServiceClient.from_connection_string", lambda: by_key.get_blob_client(container, "from/python.txt").exists())
    call(STORAGE, "BlobServiceClient.get_user_delegation_key", lambda: blobs.get_user_delegation_key(datetime.now(timezone.utc), until).value)


def reading(box, blob) -> None:
    call(STORAGE, "BlobClient.download_blob", lambda: blob.download_blob().readall() == b"python")
    call(STORAGE, "BlobClient.download_blob (a range)", lambda: blob.download_blob(offset=2, length=3).readall() == b"tho")
    call(STORAGE, "BlobClient.exists", lambda: blob.exists() and not box.get_blob_client("from/none").exists())
    call(STORAGE, "BlobClient.get_blob_properties", lambda: blob.get_blob_properties().size == 6)
    call(STORAGE, "ContainerClient.get_container_properties", lambda: box.get_container_properties().name == box.container_name)
    call(STORAGE, "ContainerClient.list_blobs", lambda: [b.name for b in box.list_blobs(name_starts_with="from/")] == ["from/python.txt"])
    call(STORAGE, "ContainerClient.list_blob_names", lambda: [*box.list_blob_names(name_starts_with="from/")] == ["from/python.txt"])
    call(STORAGE, "ContainerClient.walk_blobs", lambda: "from/" in [b.name for b in box.walk_blobs()])
    call(
        STORAGE,
        "BlobClient.download_blob (of nothing: ResourceNotFoundError)",
        lambda: raises(ResourceNotFoundError, lambda: box.get_blob_client("from/none").download_blob()),
    )


def deleted(box, name) -> bool:
    return same([answer.status_code for answer in box.delete_blobs(name, raise_on_any_failure=False)], [202])


def writing(blobs, box, blob, key, token) -> None:
    large = box.get_blob_client("to/large")
    call(STORAGE, "BlobClient.upload_blob (in blocks)", lambda: large.upload_blob(b"x" * 3_000_000, overwrite=True, max_concurrency=2)["etag"])
    call(STORAGE, "BlobClient.download_blob (in chunks)", lambda: len(large.download_blob(max_concurrency=2).readall()) == 3_000_000)
    call(
        STORAGE,
        "BlobClient.upload_blob (no overwrite: ResourceExistsError)",
        lambda: raises(ResourceExistsError, lambda: large.upload_blob(b"y")),
    )
    call(STORAGE, "BlobClient.set_blob_metadata", lambda: blob.set_blob_metadata({"a": "b"}) and blob.get_blob_properties().metadata == {"a": "b"})
    copy = box.get_blob_client("to/copy")
    call(STORAGE, "BlobClient.start_copy_from_url", lambda: copy.start_copy_from_url(blob.url)["copy_status"] == "success")
    call(STORAGE, "BlobClient.delete_blob", lambda: copy.delete_blob() is None and not copy.exists())
    box.upload_blob("to/one", b"1", overwrite=True)
    call(STORAGE, "ContainerClient.delete_blobs", lambda: deleted(box, "to/one"))
    by_key = BlobServiceClient(blobs.url, key).get_container_client(box.container_name)
    call(STORAGE, "ContainerClient.delete_blobs (by key)", lambda: deleted(by_key, "to/large"))
    call(
        STORAGE,
        "BlobClient.start_copy_from_url (source_authorization)",
        lambda: copy.start_copy_from_url(blob.url, source_authorization="Bearer " + token, requires_sync=True)["copy_status"] == "success",
    )
    other = blobs.get_container_client("conformance")
    call(STORAGE, "ContainerClient.create_container", lambda: other.create_container()["etag"])
    call(STORAGE, "BlobServiceClient.list_containers", lambda: box.container_name in [c.name for c in blobs.list_containers()])


def rare(box, blob) -> None:
    """What the embedded workspace need not have."""
    call(STORAGE, "BlobClient.create_append_blob", lambda: box.get_blob_client("to/append").create_append_blob()["etag"])
    call(STORAGE, "BlobClient.create_snapshot", lambda: blob.create_snapshot()["snapshot"])
    call(STORAGE, "BlobClient.acquire_lease", lambda: blob.acquire_lease(15).id)
    call(STORAGE, "BlobClient.set_blob_tags", lambda: blob.set_blob_tags({"a": "b"}) is not None)
    call(STORAGE, "BlobClient.set_standard_blob_tier", lambda: blob.set_standard_blob_tier("Cool") is None)


async def asynchronous(headers, account, container) -> None:
    async def aiohttp_get():
        async with aiohttp.ClientSession(trust_env=True) as session:
            async with session.get(WORKSPACE, params=VERSION, headers=headers) as answer:
                return answer.status == 200

    await acall(HTTP, "aiohttp", aiohttp_get)
    for name, credential in {
        "DefaultAzureCredential": azure.identity.aio.DefaultAzureCredential(),
        "ClientSecretCredential": azure.identity.aio.ClientSecretCredential(TENANT, CLIENT, "any secret"),
    }.items():
        async with credential:

            async def token(of=credential):
                return works((await of.get_token(SCOPE)).token)

            await acall(IDENTITY, f"aio.{name}", token)
    async with azure.identity.aio.DefaultAzureCredential() as credential, AsyncBlobs(account, credential) as blobs:
        box = blobs.get_container_client(container)
        blob = box.get_blob_client("from/aio.txt")

        async def download():
            return await (await blob.download_blob()).readall() == b"aio"

        async def names():
            return [b.name async for b in box.list_blobs(name_starts_with="from/aio")] == ["from/aio.txt"]

        await acall(STORAGE, "aio.BlobClient.upload_blob", lambda: blob.upload_blob(b"aio", overwrite=True))
        await acall(STORAGE, "aio.BlobClient.download_blob", download)
        await acall(STORAGE, "aio.ContainerClient.list_blobs", names)


def main() -> None:
    identity()
    credential = azure.identity.DefaultAzureCredential()
    token = credential.get_token(SCOPE).token
    headers = {"Authorization": "Bearer " + token}
    http(headers)
    account, container = store(token)
    url = f"https://{account}.blob.core.windows.net"
    release(STORAGE)
    with BlobServiceClient(url, credential, max_single_put_size=1 << 20, max_block_size=1 << 20, max_single_get_size=1 << 20) as blobs:
        box = blobs.get_container_client(container)
        blob = box.get_blob_client("from/python.txt")
        call(STORAGE, "BlobClient.upload_blob", lambda: blob.upload_blob(b"python", overwrite=True)["etag"])
        reading(box, blob)
        key = account_key(token)
        writing(blobs, box, blob, key, credential.get_token(STORAGE_SCOPE).token)
        signatures(blobs, account, container, key)
        rare(box, blob)
    asyncio.run(asynchronous(headers, url, container))


main()
