// A script for Azure, with nothing in it about ischia.
import { AzureMachineLearningWorkspaces } from "@azure/arm-machinelearning";
import { DefaultAzureCredential } from "@azure/identity";
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";

const group = process.env.AZUREML_ARM_RESOURCEGROUP;
const name = process.env.AZUREML_ARM_WORKSPACE_NAME;
const credential = new DefaultAzureCredential();
const client = new AzureMachineLearningWorkspaces(credential, process.env.AZURE_SUBSCRIPTION_ID);

const workspace = await client.workspaces.get(group, name);
console.log("workspace", workspace.name);
const store = await client.datastores.get(group, name, "workspaceblobstore");
const { accountName, containerName } = store.properties;
const secrets = await client.datastores.listSecrets(group, name, "workspaceblobstore");

const at = `https://${accountName}.blob.core.windows.net`;
const text = "a,b\n1,2\n";
const byKey = new BlobServiceClient(at, new StorageSharedKeyCredential(accountName, secrets.key));
await byKey.getContainerClient(containerName).getBlockBlobClient("from node.csv").upload(text, text.length);
const byToken = new BlobServiceClient(at, credential);
const got = await byToken.getContainerClient(containerName).getBlobClient("from node.csv").downloadToBuffer();
console.log("blob", got.toString() === text);
