// Azure's client for JavaScript against an embedded workspace.
//
//   ISCHIA_URL=https://127.0.0.1:PORT ISCHIA_TOKEN=$(cat HOME/token) \
//     NODE_EXTRA_CA_CERTS=HOME/tls/cert.pem node --test
//
// The address is that of `ischia serve --tls`, for the client sends no token
// without encryption. The home must not know the resource group yet. The tests
// build on each other, in the order in which they stand.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { AzureMachineLearningWorkspaces } from "@azure/arm-machinelearning";

const subscription = "11111111-1111-4111-8111-111111111111";
const group = "conformance";
const workspace = "npm";
const { ISCHIA_URL: endpoint, ISCHIA_TOKEN: token } = process.env;
const clientWith = (token) => new AzureMachineLearningWorkspaces(
  { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) },
  subscription, { endpoint, retryOptions: { maxRetries: 0 } });
const client = clientWith(token);
const scope = `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`;
// Operations that take time are asked about at least once a second.
const often = { updateIntervalInMs: 200 };

async function all(pages) {
  const found = [];
  for await (const one of pages) found.push(one);
  return found;
}

const names = async (pages) => (await all(pages)).map((one) => one.name);

async function ended(name) {
  for (let i = 0; i < 300; i++) {
    const job = await client.jobs.get(group, workspace, name);
    if (["Completed", "Failed", "Canceled"].includes(job.properties.status)) return job;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`job ${name} did not end within half a minute`);
}

const component = (name, command) => ({
  properties: {
    isAnonymous: false,
    componentSpec: {
      name, version: "1", type: "command", command, environment: "azureml:AzureML-sklearn-1.0@latest",
      inputs: { word: { type: "string", default: "hello" } },
      outputs: { out: { type: "custom_model" } },
    },
  },
});

const pipeline = (componentId, outputs = {}) => ({
  properties: {
    jobType: "Pipeline", experimentName: "npm", displayName: "from npm", tags: { from: "npm" },
    inputs: { word: { jobInputType: "literal", value: "ciao" } },
    outputs: {}, settings: { default_compute: "cluster" },
    jobs: {
      say: {
        name: "say", type: "command", componentId, outputs,
        inputs: { word: { job_input_type: "literal", value: "${{parent.inputs.word}}" } },
      },
    },
  },
});

// The client has no operations on resource groups; that for all of Azure's
// resources, another package, sends this.
before(async () => {
  const answer = await fetch(`${endpoint}/subscriptions/${subscription}/resourcegroups/${group}?api-version=2021-04-01`, {
    method: "PUT", headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, body: '{"location":"local"}',
  });
  assert.equal(answer.status, 201, await answer.text());
});

test("a workspace is created, found and listed", async () => {
  await assert.rejects(client.workspaces.get(group, workspace), { statusCode: 404, code: "ResourceNotFound" });
  const made = await client.workspaces.beginCreateOrUpdateAndWait(group, workspace, {
    location: "local", description: "for npm", tags: { a: "b" },
  }, often);
  assert.equal(made.name, workspace);
  const got = await client.workspaces.get(group, workspace);
  assert.equal(got.provisioningState, "Succeeded");
  assert.equal(got.description, "for npm");
  assert.deepEqual(got.tags, { a: "b" });
  assert.match(got.workspaceId, /^[0-9a-f-]{36}$/);
  assert.deepEqual(await names(client.workspaces.listByResourceGroup(group)), [workspace]);
  assert.deepEqual(await names(client.workspaces.listBySubscription()), [workspace]);
});

test("a stranger is refused", async () => {
  await assert.rejects(clientWith("wrong").workspaces.get(group, workspace), { statusCode: 401 });
});

test("a cluster is created, scaled, found and deleted", async () => {
  const cluster = (maxNodeCount) => ({
    location: "local",
    properties: {
      computeType: "AmlCompute",
      properties: { vmSize: "Standard_DS3_v2", scaleSettings: { maxNodeCount, minNodeCount: 0, nodeIdleTimeBeforeScaleDown: "PT300S" } },
    },
  });
  const computes = client.computeOperations;
  await computes.beginCreateOrUpdateAndWait(group, workspace, "cluster", cluster(1), often);
  await computes.beginUpdateAndWait(group, workspace, "cluster", {
    properties: { scaleSettings: { maxNodeCount: 2, minNodeCount: 0 } },
  }, often);
  const got = await computes.get(group, workspace, "cluster");
  assert.equal(got.properties.computeType, "AmlCompute");
  assert.equal(got.properties.provisioningState, "Succeeded");
  assert.equal(got.properties.properties.scaleSettings.maxNodeCount, 2);
  await computes.beginCreateOrUpdateAndWait(group, workspace, "spare", cluster(1), often);
  assert.deepEqual((await names(computes.list(group, workspace))).sort(), ["cluster", "spare"]);
  await computes.beginDeleteAndWait(group, workspace, "spare", "Delete", often);
  await assert.rejects(computes.get(group, workspace, "spare"), { statusCode: 404 });
});

test("the datastores are there, with their secrets", async () => {
  const found = await names(client.datastores.list(group, workspace));
  assert.ok(found.includes("workspaceblobstore"), found.join());
  const store = await client.datastores.get(group, workspace, "workspaceblobstore");
  assert.equal(store.properties.datastoreType, "AzureBlob");
  assert.equal(store.properties.isDefault, true);
  const secrets = await client.datastores.listSecrets(group, workspace, "workspaceblobstore");
  assert.equal(secrets.secretsType, "AccountKey");
  assert.equal(Buffer.from(secrets.key, "base64").length, 64);
});

test("assets have versions", async () => {
  const data = { properties: { dataType: "uri_folder", dataUri: "azureml://datastores/workspaceblobstore/paths/some/folder/" } };
  await client.dataVersions.createOrUpdate(group, workspace, "numbers", "1", data);
  await client.dataVersions.createOrUpdate(group, workspace, "numbers", "2", data);
  const newest = client.dataVersions.list(group, workspace, "numbers", { orderBy: "createdtime desc", top: 1 });
  assert.equal((await newest.next()).value.name, "2");
  const container = await client.dataContainers.get(group, workspace, "numbers");
  assert.equal(container.properties.latestVersion, "2");
  assert.equal(container.properties.nextVersion, "3");
  const environments = client.environmentVersions;
  await environments.createOrUpdate(group, workspace, "env", "1", { properties: { image: "mcr.microsoft.com/azureml/x:1" } });
  assert.equal((await environments.get(group, workspace, "env", "1")).properties.image, "mcr.microsoft.com/azureml/x:1");
  await assert.rejects(environments.get(group, workspace, "env", "9"), { statusCode: 404 });
});

test("lists come in pages", async () => {
  const many = 120;
  for (let i = 1; i <= many; i++) {
    await client.environmentVersions.createOrUpdate(group, workspace, "many", `${i}`, { properties: { image: `mcr.microsoft.com/azureml/x:${i}` } });
  }
  const sizes = [];
  for await (const page of client.environmentVersions.list(group, workspace, "many").byPage()) sizes.push(page.length);
  assert.ok(sizes.length > 1, sizes.join());
  assert.equal(sizes.reduce((a, b) => a + b), many);
  const some = await names(client.environmentVersions.list(group, workspace, "many", { top: 2 }));
  assert.deepEqual(some, ["120", "119"]);
});

test("a pipeline runs, is listed, and its model is registered", async () => {
  const echo = component("echo", "echo ${{inputs.word}} > ${{outputs.out}}/word.txt");
  const registered = await client.componentVersions.createOrUpdate(group, workspace, "echo", "1", echo);
  assert.equal(registered.properties.componentSpec.command, echo.properties.componentSpec.command);
  const job = pipeline(`${scope}/components/echo/versions/1`, { out: { job_output_type: "custom_model", asset_name: "words" } });
  const put = await client.jobs.createOrUpdate(group, workspace, "npm_job", job);
  assert.equal(put.name, "npm_job");
  assert.equal(put.properties.jobType, "Pipeline");
  assert.match(put.properties.services.Studio.endpoint, /^https:.*npm_job/);
  const done = await ended("npm_job");
  assert.equal(done.properties.status, "Completed");
  assert.equal(done.properties.experimentName, "npm");
  assert.deepEqual(done.properties.inputs.word.value, "ciao");
  assert.deepEqual(await names(client.jobs.list(group, workspace)), ["npm_job"]);
  assert.deepEqual(await names(client.jobs.list(group, workspace, { tag: "from" })), ["npm_job"]);
  assert.deepEqual(await names(client.jobs.list(group, workspace, { jobType: "Sweep" })), []);

  const model = await client.modelVersions.get(group, workspace, "words", "1");
  assert.equal(model.properties.modelType, "custom_model");
  assert.ok(model.properties.jobName);
  assert.deepEqual(await names(client.modelContainers.list(group, workspace)), ["words"]);
});

test("a model is registered, archived and found", async () => {
  const { properties } = await client.modelVersions.get(group, workspace, "words", "1");
  const made = await client.modelVersions.createOrUpdate(group, workspace, "words", "2", {
    properties: { modelType: "custom_model", modelUri: properties.modelUri, tags: { by: "hand" } },
  });
  assert.equal(made.name, "2");
  assert.equal((await client.modelContainers.get(group, workspace, "words")).properties.latestVersion, "2");
  await client.modelVersions.createOrUpdate(group, workspace, "words", "2", { properties: { ...made.properties, isArchived: true } });
  assert.deepEqual(await names(client.modelVersions.list(group, workspace, "words")), ["1"]);
  const archived = client.modelVersions.list(group, workspace, "words", { listViewType: "ArchivedOnly" });
  assert.deepEqual(await names(archived), ["2"]);
});

test("a job is cancelled, and deleted", async () => {
  await client.componentVersions.createOrUpdate(group, workspace, "sleeper", "1", component("sleeper", "sleep 600"));
  await client.jobs.createOrUpdate(group, workspace, "npm_sleeps", pipeline(`${scope}/components/sleeper/versions/1`));
  await client.jobs.beginCancelAndWait(group, workspace, "npm_sleeps", often);
  assert.equal((await ended("npm_sleeps")).properties.status, "Canceled");
  await client.jobs.beginDeleteAndWait(group, workspace, "npm_sleeps", often);
  await assert.rejects(client.jobs.get(group, workspace, "npm_sleeps"), { statusCode: 404 });
});

test("a batch endpoint is created and listed", async () => {
  await client.batchEndpoints.beginCreateOrUpdateAndWait(group, workspace, "npm-endpoint", {
    location: "local", properties: { authMode: "AADToken", description: "from npm" },
  }, often);
  const got = await client.batchEndpoints.get(group, workspace, "npm-endpoint");
  assert.equal(got.properties.provisioningState, "Succeeded");
  assert.match(got.properties.scoringUri, /^https:.*npm-endpoint\/jobs$/);
  assert.deepEqual(await names(client.batchEndpoints.list(group, workspace)), ["npm-endpoint"]);
});

test("a schedule is stored", async () => {
  const { properties } = pipeline(`${scope}/components/echo/versions/1`);
  await client.schedules.beginCreateOrUpdateAndWait(group, workspace, "daily", {
    properties: {
      trigger: { triggerType: "Cron", expression: "0 6 * * *", timeZone: "UTC" },
      action: { actionType: "CreateJob", jobDefinition: properties },
    },
  }, often);
  const got = await client.schedules.get(group, workspace, "daily");
  assert.equal(got.properties.trigger.expression, "0 6 * * *");
  assert.equal(got.properties.action.jobDefinition.jobType, "Pipeline");
  assert.deepEqual(await names(client.schedules.list(group, workspace)), ["daily"]);
});

test("what is wrong with a job is said", async () => {
  await assert.rejects(
    client.jobs.createOrUpdate(group, workspace, "npm_wrong", pipeline(`${scope}/components/echo/versions/77`)),
    (err) => err.statusCode === 400 && /echo/.test(err.message));
  await assert.rejects(client.jobs.get(group, workspace, "npm_wrong"), { statusCode: 404 });
});

test("an operation that is not there says so", async () => {
  await assert.rejects(client.onlineEndpoints.get(group, workspace, "none"),
    (err) => err.statusCode === 501 && /OnlineEndpoints/.test(err.message));
});
