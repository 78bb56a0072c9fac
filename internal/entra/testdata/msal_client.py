"""Signs in at a stand-in of Microsoft Entra ID with Microsoft's own libraries.

Arguments: login address, tenant, client id, secret, the identity endpoint's
header. The identity endpoint is LOGIN/msi. Prints one line per sign-in: its
name and the access token.
"""

import os
import sys
import urllib.parse
import urllib.request

import msal
from azure.identity import ClientSecretCredential, DeviceCodeCredential, ManagedIdentityCredential

LOGIN, TENANT, CLIENT, SECRET, HEADER = sys.argv[1:]
CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
SCOPE = "https://management.azure.com/.default"


def approve(code):
    form = urllib.parse.urlencode({"otc": code, "answer": "yes"}).encode()
    urllib.request.urlopen(LOGIN + "/devicelogin", data=form).read()


def show(name, token):
    print(name, token)


def with_msal():
    app = msal.ConfidentialClientApplication(
        CLIENT, client_credential=SECRET, authority=f"{LOGIN}/{TENANT}", instance_discovery=False)
    show("secret", app.acquire_token_for_client([SCOPE])["access_token"])
    wrong = msal.ConfidentialClientApplication(
        CLIENT, client_credential="x", authority=f"{LOGIN}/{TENANT}", instance_discovery=False)
    assert wrong.acquire_token_for_client([SCOPE])["error_codes"] == [7000215]

    person = msal.PublicClientApplication(CLI, authority=f"{LOGIN}/{TENANT}", instance_discovery=False)
    flow = person.initiate_device_flow([SCOPE])
    approve(flow["user_code"])
    result = person.acquire_token_by_device_flow(flow)
    assert result["id_token_claims"]["preferred_username"] == "ada@example.com", result
    show("device", result["access_token"])
    account, = person.get_accounts()
    assert account["username"] == "ada@example.com", account
    again = person.acquire_token_silent([SCOPE], account, force_refresh=True)
    show("refresh", again["access_token"])


def with_azure_identity():
    common = {"authority": LOGIN, "disable_instance_discovery": True}
    show("azure-identity-secret", ClientSecretCredential(TENANT, CLIENT, SECRET, **common).get_token(SCOPE).token)
    person = DeviceCodeCredential(tenant_id=TENANT, prompt_callback=lambda uri, code, until: approve(code), **common)
    show("azure-identity-device", person.get_token(SCOPE).token)
    for endpoint, header in (("IDENTITY_ENDPOINT", "IDENTITY_HEADER"), ("MSI_ENDPOINT", "MSI_SECRET")):
        os.environ.update({endpoint: LOGIN + "/msi", header: HEADER})
        show("azure-identity-" + endpoint, ManagedIdentityCredential().get_token(SCOPE).token)
        del os.environ[endpoint], os.environ[header]


with_msal()
with_azure_identity()
