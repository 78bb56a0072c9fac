// Azure's client for JavaScript against an embedded workspace.
//
// ISCHIA_URL is the server's address (https: the client sends no token
// otherwise; NODE_EXTRA_CA_CERTS names its certificate), ISCHIA_TOKEN its token.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AzureMachineLearningWorkspaces } from "@azure/arm-machinelearning";

const subscription = "11111111-1111-4111-8111-111111111111";
const group = "conformance";
const workspace = "npm";
const credential = {
  getToken: async () => ({ token: process.env.ISCHIA_TOKEN, expiresOnTimestamp: Date.now() + 3_600_000 }),
};
const client = new AzureMachineLearningWorkspaces(credential, subscription, { endpoint: process.env.ISCHIA_URL });
const scope = `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`;

async function all(pages) {
  const found = [];
  for await (const one of pages) found.push(one);
  return found;
}

async function ended(name) {
  for (let i = 0; i < 600; i++) {
    const job = await client.jobs.get(group, workspace, name);
    if (["Completed", "Failed", "Canceled"].includes(job.properties.status)) return job;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`job ${name} did not end within a minute`);
}

const echo = (command, more = {}) => ({
  properties: {
    isAnonymous: false,
    componentSpec: {
      name: "echo", version: "1", type: "command", command, environment: "azureml:AzureML-sklearn-1.0@latest",
      inputs: { word: { type: "string", default: "hello" } },
      outputs: { out: { type: "uri_folder" } },
      ...more,
    },
  },
});

const pipeline = (componentId, more = {}) => ({
  properties: {
    jobType: "Pipeline", experimentName: "npm", displayName: "from npm",
    inputs: { word: { jobInputType: "literal", value: "ciao" } },
    outputs: {}, settings: { default_compute: "cluster" },
    jobs: {
      say: {
        name: "say", type: "command", componentId,
        inputs: { word: { job_input_type: "literal", value: "${{parent.inputs.word}}" } },
        outputs: {},
      },
    },
    ...more,
  },
});

test("a workspace is created, found and listed", async () => {
  const made = await client.workspaces.beginCreateOrUpdateAndWait(group, workspace, {
    location: "local", description: "for npm", tags: { a: "b" },
  });
  assert.equal(made.name, workspace);
  const got = await client.workspaces.get(group, workspace);
  assert.equal(got.provisioningState, "Succeeded");
  assert.ok(got.workspaceId);
  const listed = await all(client.workspaces.listByResourceGroup(group));
  assert.deepEqual(listed.map((w) => w.name), [workspace]);
});

test("a cluster is created, scaled and found", async () => {
  await client.computeOperations.beginCreateOrUpdateAndWait(group, workspace, "cluster", {
    location: "local",
    properties: {
      computeType: "AmlCompute",
      properties: { vmSize: "Standard_DS3_v2", scaleSettings: { maxNodeCount: 2, minNodeCount: 1, nodeIdleTimeBeforeScaleDown: "PT300S" } },
    },
  });
  const got = await client.computeOperations.get(group, workspace, "cluster");
  assert.equal(got.properties.computeType, "AmlCompute");
  assert.equal(got.properties.provisioningState, "Succeeded");
  assert.equal(got.properties.properties.scaleSettings.maxNodeCount, 2);
  const listed = await all(client.computeOperations.list(group, workspace));
  assert.deepEqual(listed.map((c) => c.name), ["cluster"]);
});

test("the datastores are there, with their secrets", async () => {
  const names = (await all(client.datastores.list(group, workspace))).map((d) => d.name);
  assert.ok(names.includes("workspaceblobstore"), names.join());
  const secrets = await client.datastores.listSecrets(group, workspace, "workspaceblobstore");
  assert.equal(secrets.secretsType, "AccountKey");
  assert.ok(secrets.key);
});

test("assets have versions", async () => {
  const data = { properties: { dataType: "uri_folder", dataUri: "azureml://datastores/workspaceblobstore/paths/some/folder/" } };
  await client.dataVersions.createOrUpdate(group, workspace, "numbers", "1", data);
  await client.dataVersions.createOrUpdate(group, workspace, "numbers", "2", data);
  const versions = await all(client.dataVersions.list(group, workspace, "numbers", { orderBy: "createdtime desc", top: 1 }));
  assert.equal(versions[0].name, "2");
  const container = await client.dataContainers.get(group, workspace, "numbers");
  assert.equal(container.properties.latestVersion, "2");
  assert.equal(container.properties.nextVersion, "3");
  await client.environmentVersions.createOrUpdate(group, workspace, "env", "1", { properties: { image: "mcr.microsoft.com/azureml/x:1" } });
  assert.equal((await client.environmentVersions.get(group, workspace, "env", "1")).properties.image, "mcr.microsoft.com/azureml/x:1");
  await assert.rejects(client.environmentVersions.get(group, workspace, "env", "9"), { statusCode: 404 });
});

test("a pipeline runs, its jobs are listed, its model is registered", async () => {
  await client.componentVersions.createOrUpdate(group, workspace, "echo", "1",
    echo("echo ${{inputs.word}} > ${{outputs.out}}/word.txt"));
  const put = await client.jobs.createOrUpdate(group, workspace, "npm_job", pipeline(`${scope}/components/echo/versions/1`));
  assert.equal(put.name, "npm_job");
  const done = await ended("npm_job");
  assert.equal(done.properties.status, "Completed");
  assert.equal(done.properties.experimentName, "npm");
  const names = (await all(client.jobs.list(group, workspace))).map((j) => j.name);
  assert.deepEqual(names, ["npm_job"]);

  await client.modelVersions.createOrUpdate(group, workspace, "words", "1", {
    properties: { modelType: "custom_model", modelUri: `azureml://jobs/npm_job/outputs/artifacts/paths/` },
  }).catch((err) => assert.equal(err.statusCode, 400)); // there are no such artifacts
});

test("a job is cancelled", async () => {
  await client.componentVersions.createOrUpdate(group, workspace, "sleeper", "1", echo("sleep 600", { name: "sleeper" }));
  await client.jobs.createOrUpdate(group, workspace, "npm_sleeps", pipeline(`${scope}/components/sleeper/versions/1`));
  await client.jobs.beginCancelAndWait(group, workspace, "npm_sleeps");
  assert.equal((await ended("npm_sleeps")).properties.status, "Canceled");
});

test("what is wrong with a job is said", async () => {
  await assert.rejects(
    client.jobs.createOrUpdate(group, workspace, "npm_wrong", pipeline(`${scope}/components/echo/versions/77`)),
    (err) => err.statusCode === 400 && /echo/.test(err.message));
});

test("an operation that is not there says so", async () => {
  await assert.rejects(client.onlineEndpoints.get(group, workspace, "none"),
    (err) => err.statusCode === 501 && /OnlineEndpoints/.test(err.message));
});
