"""What a script finds of its workspace in its environment, as on Azure's computes."""

import os

import requests

SUBSCRIPTION = os.environ["AZURE_SUBSCRIPTION_ID"]
GROUP = os.environ["AZUREML_ARM_RESOURCEGROUP"]
NAME = os.environ["AZUREML_ARM_WORKSPACE_NAME"]
TENANT = os.environ["AZURE_TENANT_ID"]
WORKSPACE = (
    f"https://management.azure.com/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
    f"/providers/Microsoft.MachineLearningServices/workspaces/{NAME}"
)
VERSION = {"api-version": "2024-04-01"}
SCOPE = "https://management.azure.com/.default"
STORAGE_SCOPE = "https://storage.azure.com/.default"


def get(path: str, token: str, method: str = "GET") -> requests.Response:
    headers = {"Authorization": "Bearer " + token}
    return requests.request(method, WORKSPACE + path, params=VERSION, headers=headers, timeout=30)


def works(token: str) -> bool:
    """The token opens the workspace."""
    return get("", token).json().get("name") == NAME


def store(token: str) -> tuple[str, str]:
    """Account and container of the workspace's datastore."""
    found = get("/datastores/workspaceblobstore", token).json()["properties"]
    return found["accountName"], found["containerName"]


def account_key(token: str) -> str:
    return get("/datastores/workspaceblobstore/listSecrets", token, "POST").json()["key"]
