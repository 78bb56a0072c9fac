// A script for Azure, with nothing in it about ischia. It prints what became of
// each call, as calls.py does.
import { readFileSync } from "node:fs";
import { AzureMachineLearningWorkspaces } from "@azure/arm-machinelearning";
import { ClientSecretCredential, DefaultAzureCredential, DeviceCodeCredential, ManagedIdentityCredential } from "@azure/identity";
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";

const [ARM, IDENTITY, STORAGE] = ["@azure/arm-machinelearning", "@azure/identity", "@azure/storage-blob"];
const { AZUREML_ARM_RESOURCEGROUP: group, AZURE_SUBSCRIPTION_ID: subscription, AZURE_TENANT_ID: tenant } = process.env;
const name = "javascript"; // the workspace that is made
const often = { updateIntervalInMs: 200 };
const credential = new DefaultAzureCredential();
const client = new AzureMachineLearningWorkspaces(credential, subscription);
const scope = `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.MachineLearningServices/workspaces/${name}`;

const show = (...line) => console.log(line.join("\t"));

function release(library) {
  const text = readFileSync(`node_modules/${library}/package.json`, "utf8");
  show(library, "release", JSON.parse(text).version);
}

// A call passes when what it leads to is true.
async function call(library, what, doIt) {
  try {
    const outcome = await doIt();
    show(library, what, outcome ? "passes" : `fails: gives ${outcome}`);
    return Boolean(outcome);
  } catch (error) {
    const text = error.message.replace(/&#xA;|\s+/g, " ").replace(/ RequestId:.*/, "").slice(0, 160).replaceAll("|", "/");
    show(library, what, error.statusCode === 501 ? `refused: ${text}` : `fails: ${error.name}: ${text}`);
    return false;
  }
}

async function all(pages) {
  const found = [];
  for await (const one of pages) found.push(one.name);
  return found;
}

const has = async (pages, wanted) => (await all(pages)).includes(wanted);

async function ended(job) {
  for (let i = 0; i < 300; i++) {
    const { status } = (await client.jobs.get(group, name, job)).properties;
    if (["Completed", "Failed", "Canceled"].includes(status)) return status;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`job ${job} did not end within half a minute`);
}

async function identity() {
  release(IDENTITY);
  const client = "11111111-1111-4111-8111-111111111111";
  const kinds = {
    DefaultAzureCredential: credential,
    ManagedIdentityCredential: new ManagedIdentityCredential(),
    ClientSecretCredential: new ClientSecretCredential(tenant, client, "any secret"),
    DeviceCodeCredential: new DeviceCodeCredential({ tenantId: tenant, userPromptCallback: () => {} }),
  };
  for (const [kind, one] of Object.entries(kinds)) {
    const manager = new AzureMachineLearningWorkspaces(one, subscription);
    await call(IDENTITY, kind, () => has(manager.workspaces.listByResourceGroup(group), process.env.AZUREML_ARM_WORKSPACE_NAME));
  }
}

async function storage() {
  release(STORAGE);
  const { accountName, containerName } = (await client.datastores.get(group, name, "workspaceblobstore")).properties;
  const { key } = await client.datastores.listSecrets(group, name, "workspaceblobstore");
  const at = `https://${accountName}.blob.core.windows.net`;
  const text = "a,b\n1,2\n";
  const box = (credential) => new BlobServiceClient(at, credential).getContainerClient(containerName);
  const byKey = box(new StorageSharedKeyCredential(accountName, key));
  const byToken = box(credential);
  const blob = byToken.getBlockBlobClient("from node.csv");
  await call(STORAGE, "BlockBlobClient.upload (by key)", () => byKey.getBlockBlobClient("from node.csv").upload(text, text.length));
  await call(STORAGE, "BlobClient.downloadToBuffer", async () => (await blob.downloadToBuffer()).toString() === text);
  const blocks = { blockSize: 1 << 20, maxSingleShotSize: 1 << 20 };
  await call(STORAGE, "BlockBlobClient.uploadData (in blocks)", () => byToken.getBlockBlobClient("large").uploadData(Buffer.alloc(3_000_000), blocks));
  await call(STORAGE, "BlobClient.getProperties", async () => (await byToken.getBlobClient("large").getProperties()).contentLength === 3_000_000);
  await call(STORAGE, "ContainerClient.listBlobsFlat", () => has(byToken.listBlobsFlat(), "from node.csv"));
  await call(STORAGE, "ContainerClient.listBlobsByHierarchy", () => has(byToken.listBlobsByHierarchy("/"), "large"));
  await call(STORAGE, "BlobClient.syncCopyFromURL", async () => (await byToken.getBlobClient("copy").syncCopyFromURL(blob.url)).copyStatus === "success");
  await call(STORAGE, "BlobClient.deleteIfExists", async () => (await byToken.getBlobClient("copy").deleteIfExists()).succeeded);
  await call(STORAGE, "BlobClient.createSnapshot", () => blob.createSnapshot());
}

const component = (command) => ({
  properties: {
    isAnonymous: false,
    componentSpec: {
      name: "say", version: "1", type: "command", command, environment: "azureml:AzureML-sklearn-1.0@latest",
      inputs: { word: { type: "string", default: "hello" } }, outputs: { out: { type: "custom_model" } },
    },
  },
});

const pipeline = (component) => ({
  properties: {
    jobType: "Pipeline", experimentName: "javascript", settings: { default_compute: "cluster" },
    inputs: { word: { jobInputType: "literal", value: "ciao" } }, outputs: {},
    jobs: {
      say: {
        name: "say", type: "command", componentId: `${scope}/components/${component}/versions/1`,
        inputs: { word: { job_input_type: "literal", value: "${{parent.inputs.word}}" } },
        outputs: { out: { job_output_type: "custom_model", asset_name: "words" } },
      },
    },
  },
});

const cluster = {
  location: "local",
  properties: {
    computeType: "AmlCompute",
    properties: { vmSize: "Standard_DS3_v2", scaleSettings: { maxNodeCount: 1, minNodeCount: 0 } },
  },
};

async function workspace() {
  const { workspaces, computeOperations: computes, datastores } = client;
  release(ARM);
  await call(ARM, "workspaces.beginCreateOrUpdateAndWait", () => workspaces.beginCreateOrUpdateAndWait(group, name, { location: "local", tags: { a: "b" } }, often));
  await call(ARM, "workspaces.get", async () => (await workspaces.get(group, name)).tags.a === "b");
  await call(ARM, "workspaces.listByResourceGroup", () => has(workspaces.listByResourceGroup(group), name));
  await call(ARM, "workspaces.listBySubscription", () => has(workspaces.listBySubscription(), name));
  await call(ARM, "workspaces.listKeys", () => workspaces.listKeys(group, name));
  await call(ARM, "computeOperations.beginCreateOrUpdateAndWait", () => computes.beginCreateOrUpdateAndWait(group, name, "cluster", cluster, often));
  await call(ARM, "computeOperations.get", async () => (await computes.get(group, name, "cluster")).properties.computeType === "AmlCompute");
  await call(ARM, "computeOperations.list", () => has(computes.list(group, name), "cluster"));
  await call(ARM, "datastores.list", () => has(datastores.list(group, name), "workspaceblobstore"));
  await call(ARM, "datastores.get", async () => (await datastores.get(group, name, "workspaceblobstore")).properties.isDefault);
  await call(ARM, "datastores.listSecrets", async () => (await datastores.listSecrets(group, name, "workspaceblobstore")).key);
}

async function assets() {
  const { dataVersions, environmentVersions: environments, componentVersions: components } = client;
  const data = { properties: { dataType: "uri_folder", dataUri: "azureml://datastores/workspaceblobstore/paths/some/folder/" } };
  const environment = { properties: { image: "mcr.microsoft.com/azureml/x:1" } };
  await call(ARM, "dataVersions.createOrUpdate", () => dataVersions.createOrUpdate(group, name, "numbers", "1", data));
  await call(ARM, "dataVersions.list", () => has(dataVersions.list(group, name, "numbers"), "1"));
  await call(ARM, "dataContainers.get", async () => (await client.dataContainers.get(group, name, "numbers")).properties.latestVersion === "1");
  await call(ARM, "environmentVersions.createOrUpdate", () => environments.createOrUpdate(group, name, "env", "1", environment));
  await call(ARM, "environmentVersions.get", async () => (await environments.get(group, name, "env", "1")).properties.image);
  await call(ARM, "componentVersions.createOrUpdate", () =>
    components.createOrUpdate(group, name, "say", "1", component("echo ${{inputs.word}} > ${{outputs.out}}/word.txt")));
  await call(ARM, "componentVersions.get", async () => (await components.get(group, name, "say", "1")).properties.componentSpec.command);
  await components.createOrUpdate(group, name, "sleep", "1", component("sleep 600; echo ${{inputs.word}} > ${{outputs.out}}/word.txt"));
}

async function jobs() {
  const { jobs, workspaces, modelVersions: models } = client;
  // 1.0.0 sends nothing of a job but its type, so there is none to go on with.
  const handedIn = async () => (await jobs.createOrUpdate(group, name, "one", pipeline("say"))).name === "one";
  if (!(await call(ARM, "jobs.createOrUpdate", handedIn))) return;
  await call(ARM, "jobs.get (Completed)", async () => (await ended("one")) === "Completed");
  await call(ARM, "jobs.list", () => has(jobs.list(group, name), "one"));
  await call(ARM, "modelVersions.get", async () => (await models.get(group, name, "words", "1")).properties.modelType === "custom_model");
  await call(ARM, "modelContainers.list", () => has(client.modelContainers.list(group, name), "words"));
  await jobs.createOrUpdate(group, name, "two", pipeline("sleep"));
  await call(ARM, "jobs.beginCancelAndWait", async () => {
    await jobs.beginCancelAndWait(group, name, "two", often);
    return (await ended("two")) === "Canceled";
  });
  await call(ARM, "jobs.beginDeleteAndWait", async () => {
    await jobs.beginDeleteAndWait(group, name, "two", often);
    return !(await has(jobs.list(group, name), "two"));
  });
  await call(ARM, "workspaces.beginDeleteAndWait (with jobs in it)", async () => !(await workspaces.beginDeleteAndWait(group, name, often)));
  await jobs.beginDeleteAndWait(group, name, "one", often);
}

async function endpoints() {
  const { batchEndpoints, schedules } = client;
  const endpoint = { location: "local", properties: { authMode: "AADToken" } };
  await call(ARM, "batchEndpoints.beginCreateOrUpdateAndWait", () => batchEndpoints.beginCreateOrUpdateAndWait(group, name, "endpoint-js", endpoint, often));
  await call(ARM, "batchEndpoints.list", () => has(batchEndpoints.list(group, name), "endpoint-js"));
  if (schedules) {
    const trigger = { triggerType: "Cron", expression: "0 6 * * *", timeZone: "UTC" };
    const daily = { properties: { trigger, action: { actionType: "CreateJob", jobDefinition: pipeline("say").properties } } };
    await call(ARM, "schedules.beginCreateOrUpdateAndWait", () => schedules.beginCreateOrUpdateAndWait(group, name, "daily", daily, often));
    await call(ARM, "schedules.get", async () => (await schedules.get(group, name, "daily")).properties.trigger.expression === "0 6 * * *");
  }
  await call(ARM, "onlineEndpoints.get", () => client.onlineEndpoints.get(group, name, "none"));
  await call(ARM, "usages.list", () => all(client.usages.list("local")));
  await call(ARM, "workspaces.beginDeleteAndWait", async () => {
    await client.workspaces.beginDeleteAndWait(group, name, often);
    return !(await has(client.workspaces.listByResourceGroup(group), name));
  });
}

await identity();
await workspace();
await storage();
await assets();
await jobs();
await endpoints();
