"""A script for Azure, with nothing in it about ischia: Azure's own clients, and
the HTTP libraries that scripts use by themselves."""

import asyncio
import os
import ssl
import urllib.request

import aiohttp
import httpx
import requests
from azure.identity import ClientSecretCredential, DefaultAzureCredential, DeviceCodeCredential
from azure.identity.aio import DefaultAzureCredential as AsyncCredential
from azure.storage.blob import BlobServiceClient
from azure.storage.blob.aio import BlobServiceClient as AsyncBlobs

SUBSCRIPTION = os.environ["AZURE_SUBSCRIPTION_ID"]
WORKSPACE = (
    f"https://management.azure.com/subscriptions/{SUBSCRIPTION}/resourceGroups/{os.environ['AZUREML_ARM_RESOURCEGROUP']}"
    f"/providers/Microsoft.MachineLearningServices/workspaces/{os.environ['AZUREML_ARM_WORKSPACE_NAME']}"
)
VERSION = {"api-version": "2024-04-01"}
SCOPE = "https://management.azure.com/.default"
TENANT = os.environ["AZURE_TENANT_ID"]


def credentials():
    """What people sign in with."""
    yield "managed identity", DefaultAzureCredential()
    yield "service principal", ClientSecretCredential(TENANT, "11111111-1111-4111-8111-111111111111", "any secret")
    yield "device code", DeviceCodeCredential(tenant_id=TENANT, prompt_callback=lambda *_: None)


def libraries(headers):
    """The same request by several libraries."""
    yield "requests", requests.get(WORKSPACE, params=VERSION, headers=headers, timeout=30).status_code
    yield "httpx", httpx.get(WORKSPACE, params=VERSION, headers=headers, timeout=30).status_code
    strict = ssl.create_default_context()
    strict.verify_flags |= ssl.VERIFY_X509_STRICT  # as Python 3.13 does by itself
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=strict))
    request = urllib.request.Request(WORKSPACE + "?api-version=2024-04-01", headers=headers)
    yield "urllib, strict", opener.open(request, timeout=30).status


async def asynchronous(headers, account, container):
    async with aiohttp.ClientSession(trust_env=True) as session:
        async with session.get(WORKSPACE, params=VERSION, headers=headers) as answer:
            print("aiohttp", answer.status)
    async with AsyncCredential() as credential, AsyncBlobs(account, credential) as blobs:
        await blobs.get_blob_client(container, "from/aio.txt").upload_blob(b"aio", overwrite=True)
        stream = await blobs.get_blob_client(container, "from/aio.txt").download_blob()
        print("storage, aio", (await stream.readall()).decode())


def main():
    for name, credential in credentials():
        token = credential.get_token(SCOPE).token
        headers = {"Authorization": "Bearer " + token}
        answer = requests.get(WORKSPACE, params=VERSION, headers=headers, timeout=30)
        print(name, answer.status_code, answer.json()["name"])
    for name, status in libraries(headers):
        print(name, status)

    store = requests.get(WORKSPACE + "/datastores/workspaceblobstore", params=VERSION, headers=headers, timeout=30).json()["properties"]
    account = f"https://{store['accountName']}.blob.core.windows.net"
    with BlobServiceClient(account, DefaultAzureCredential()) as blobs:
        blobs.get_blob_client(store["containerName"], "from/python.txt").upload_blob(b"python", overwrite=True)
        print("storage", blobs.get_blob_client(store["containerName"], "from/python.txt").download_blob().readall().decode())
        names = [b.name for b in blobs.get_container_client(store["containerName"]).list_blobs(name_starts_with="from/")]
        print("listed", *names)
    asyncio.run(asynchronous(headers, account, store["containerName"]))


main()
