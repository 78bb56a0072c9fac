"""azure-ai-ml, unmodified, against a workspace that ischia answers for.

    ischia exec -- python -m unittest

Nothing here says where that is: the client is made as it is made for Azure.
Tests run in the order of their names, as one person's day: each builds on what
the ones before it made.
"""

import contextlib
import io
import os
import pathlib
import tempfile
import time
import unittest

from azure.ai.ml import Input, MLClient, Output, command, dsl, load_component, load_job
from azure.ai.ml.constants import TimeZone
from azure.ai.ml.entities import (
    AmlCompute,
    AzureBlobDatastore,
    BatchEndpoint,
    ComputeInstance,
    CronTrigger,
    Data,
    Environment,
    JobSchedule,
    ManagedOnlineDeployment,
    ManagedOnlineEndpoint,
    Model,
    PatTokenConfiguration,
    PipelineComponentBatchDeployment,
    RecurrencePattern,
    RecurrenceTrigger,
    Registry,
    RegistryRegionDetails,
    SystemCreatedAcrAccount,
    SystemCreatedStorageAccount,
    Workspace,
    WorkspaceConnection,
)
from azure.core.exceptions import ResourceNotFoundError
from azure.identity import DefaultAzureCredential

from calls import call, fault_of_client, refused

HERE = pathlib.Path(__file__).parent
SUBSCRIPTION = os.environ.get("AZURE_SUBSCRIPTION_ID", "00000000-0000-0000-0000-000000000000")
GROUP = os.environ.get("AZURE_RESOURCE_GROUP", "local")
WORKSPACE = "conformance"


class ClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.credential = DefaultAzureCredential()
        cls.home = MLClient(cls.credential, SUBSCRIPTION, GROUP)
        cls.ml = MLClient(cls.credential, SUBSCRIPTION, GROUP, WORKSPACE)
        cls.temp = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temp.cleanup)

    def folder(self, name):
        target = pathlib.Path(self.temp.name) / name
        target.mkdir()
        return target

    def streamed(self, name):
        """What jobs.stream prints."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            self.ml.jobs.stream(name)
        return out.getvalue()

    def ended(self, name):
        """The job, once it has ended."""
        for _ in range(600):
            job = self.ml.jobs.get(name)
            if job.status in ("Completed", "Failed", "Canceled"):
                return job
            time.sleep(0.2)
        self.fail(f"{name} does not end")

    # Workspace and compute.

    def test_01_workspace(self):
        with call("workspaces.begin_create"):
            made = self.home.workspaces.begin_create(
                Workspace(name=WORKSPACE, location="local", description="for tests", tags={"team": "a"})
            ).result()
            self.assertEqual((made.name, made.description, made.tags["team"]), (WORKSPACE, "for tests", "a"))
            for part in (made.storage_account, made.key_vault, made.application_insights):
                self.assertTrue(part.startswith("/subscriptions/"), part)
        with call("workspaces.begin_create (of one that is there)"):
            again = self.home.workspaces.begin_create(Workspace(name=WORKSPACE, location="local", tags={"team": "b"})).result()
            self.assertEqual(again.tags["team"], "b")
        with call("workspaces.get"):
            self.assertEqual(self.home.workspaces.get(WORKSPACE).location, "local")
        with call("workspaces.list"):
            self.assertIn(WORKSPACE, [w.name for w in self.home.workspaces.list()])
        with call("workspaces.get_keys"), fault_of_client("1.11.1", AttributeError):
            self.assertTrue(self.home.workspaces.get_keys(WORKSPACE).user_storage_key)
        with call("workspaces.begin_update"):
            self.home.workspaces.begin_update(made, display_name="Conformance").result()
            self.assertEqual(self.home.workspaces.get(WORKSPACE).display_name, "Conformance")
        with call("workspaces.begin_sync_keys"):
            self.home.workspaces.begin_sync_keys(WORKSPACE).result()

    def test_02_workspace_delete(self):
        self.home.workspaces.begin_create(Workspace(name="shortlived", location="local")).result()
        with call("workspaces.begin_delete"):
            self.home.workspaces.begin_delete("shortlived", delete_dependent_resources=False).result()
            with self.assertRaises(ResourceNotFoundError):
                self.home.workspaces.get("shortlived")

    def test_03_compute(self):
        with call("compute.begin_create_or_update"):
            made = self.ml.compute.begin_create_or_update(
                AmlCompute(name="cpu", size="Standard_DS3_v2", min_instances=0, max_instances=4)
            ).result()
            self.assertEqual((made.name, made.size, made.max_instances), ("cpu", "Standard_DS3_v2", 4))
        with call("compute.get"):
            self.assertEqual(self.ml.compute.get("cpu").provisioning_state, "Succeeded")
        with call("compute.list"):
            self.assertEqual([c.name for c in self.ml.compute.list()], ["cpu"])
        with call("compute.begin_update"):
            made.max_instances = 2
            self.assertEqual(self.ml.compute.begin_update(made).result().max_instances, 2)
        with call("compute.begin_delete"):
            self.ml.compute.begin_create_or_update(AmlCompute(name="gone", size="Standard_DS3_v2", max_instances=1)).result()
            self.ml.compute.begin_delete("gone").result()
            with self.assertRaises(ResourceNotFoundError):
                self.ml.compute.get("gone")

    # Assets.

    def test_10_datastores(self):
        with call("datastores.list"):
            names = {d.name for d in self.ml.datastores.list()}
            self.assertLessEqual({"workspaceblobstore", "workspaceartifactstore"}, names)
        with call("datastores.get_default"):
            default = self.ml.datastores.get_default()
            self.assertEqual(default.name, "workspaceblobstore")
        with call("datastores.get"):
            self.assertEqual(self.ml.datastores.get("workspaceblobstore").container_name, default.container_name)
        with call("datastores.get (with secrets)"):
            secret = self.ml.datastores.get("workspaceblobstore", include_secrets=True).credentials
            self.assertTrue(getattr(secret, "sas_token", None) or getattr(secret, "account_key", None))
        with call("datastores.create_or_update"):
            self.ml.datastores.create_or_update(
                AzureBlobDatastore(name="second", account_name=default.account_name, container_name="second")
            )
            self.assertEqual(self.ml.datastores.get("second").container_name, "second")
        with call("datastores.delete"):
            self.ml.datastores.delete("second")
            with self.assertRaises(ResourceNotFoundError):
                self.ml.datastores.get("second")

    def test_11_data(self):
        with call("data.create_or_update (folder)"):
            made = self.ml.data.create_or_update(
                Data(name="rows", version="1", path=str(HERE / "data"), type="uri_folder", tags={"a": "b"})
            )
            self.assertEqual((made.version, made.type), ("1", "uri_folder"))
            self.assertIn("/datastores/workspaceblobstore/paths/", made.path)
        with call("data.create_or_update (file, next version)"):
            made = self.ml.data.create_or_update(Data(name="rows", path=str(HERE / "data" / "rows.csv"), type="uri_file"))
            self.assertEqual((made.version, made.type), ("2", "uri_file"))
        with call("data.get"):
            self.assertEqual(self.ml.data.get("rows", version="1").tags, {"a": "b"})
        with call("data.get (label)"):
            self.assertEqual(self.ml.data.get("rows", label="latest").version, "2")
        with call("data.list"):
            self.assertEqual(sorted(d.version for d in self.ml.data.list("rows")), ["1", "2"])
        with call("data.archive"):
            self.ml.data.archive("rows", version="2")
            self.assertEqual([d.version for d in self.ml.data.list("rows")], ["1"])
        with call("data.restore"):
            self.ml.data.restore("rows", version="2")
            self.assertEqual(len(list(self.ml.data.list("rows"))), 2)

    def test_12_environment(self):
        with call("environments.create_or_update"):
            made = self.ml.environments.create_or_update(Environment(name="conformance", image="python:3.11-slim"))
            self.assertEqual((made.name, made.version, made.image), ("conformance", "1", "python:3.11-slim"))
        with call("environments.get"):
            self.assertEqual(self.ml.environments.get("conformance", version="1").image, "python:3.11-slim")
        with call("environments.get (label)"):
            self.assertEqual(self.ml.environments.get("conformance", label="latest").version, "1")
        with call("environments.list"):
            self.assertIn("conformance", [e.name for e in self.ml.environments.list()])
        with call("environments.archive"):
            self.ml.environments.create_or_update(Environment(name="old", version="1", image="python:3.9"))
            self.ml.environments.archive("old", version="1")
            self.assertEqual(list(self.ml.environments.list("old")), [])
        with call("environments.restore"):
            self.ml.environments.restore("old", version="1")
            self.assertEqual(len(list(self.ml.environments.list("old"))), 1)

    def test_13_component(self):
        component = load_component(str(HERE / "component_prep.yml"))
        with call("components.create_or_update"):
            made = self.ml.components.create_or_update(component)
            self.assertEqual((made.name, made.version), ("prep_rows", "1"))
        with call("components.get"):
            got = self.ml.components.get("prep_rows", version="1")
            self.assertEqual((got.display_name, int(got.inputs["lines"]["default"])), ("Prepare rows", 4))
        with call("components.list"):
            self.assertIn("prep_rows", [c.name for c in self.ml.components.list()])
        with call("components.archive"):
            self.ml.components.archive("prep_rows", version="1")
            self.assertEqual(list(self.ml.components.list("prep_rows")), [])
        with call("components.restore"):
            self.ml.components.restore("prep_rows", version="1")

    def test_14_model(self):
        target = self.folder("model")
        (target / "model.txt").write_text("1\n")
        with call("models.create_or_update"):
            made = self.ml.models.create_or_update(Model(name="mean", path=str(target), type="custom_model", tags={"k": "v"}))
            self.assertEqual((made.version, made.tags), ("1", {"k": "v"}))
        with call("models.get"):
            self.assertEqual(self.ml.models.get("mean", version="1").type, "custom_model")
        with call("models.list"):
            self.assertEqual([m.version for m in self.ml.models.list("mean")], ["1"])
        with call("models.download"):
            self.ml.models.download("mean", version="1", download_path=str(self.folder("model-back")))
            found = list((pathlib.Path(self.temp.name) / "model-back").rglob("model.txt"))
            self.assertEqual([f.read_text() for f in found], ["1\n"])
        with call("models.archive"):
            self.ml.models.archive("mean", version="1")
            self.assertEqual(list(self.ml.models.list("mean")), [])
        with call("models.restore"):
            self.ml.models.restore("mean", version="1")

    # Jobs.

    def pipeline(self):
        prep = load_component(str(HERE / "component_prep.yml"))
        train = command(
            name="train",
            code=str(HERE / "code"),
            # A run that has ended when it is asked about first has no log to follow.
            command="sleep 4; python train.py --rows ${{inputs.rows}} --rate ${{inputs.rate}} --model ${{outputs.model}}",
            environment="azureml:conformance:1",
            inputs={"rows": Input(type="uri_folder"), "rate": 2.0},
            outputs={"model": Output(type="custom_model")},
        )
        score = command(
            name="score",
            code=str(HERE / "code"),
            command="python score.py --model ${{inputs.model}} --score ${{outputs.score}}",
            environment=Environment(image="python:3.11-slim"),
            inputs={"model": Input(type="custom_model")},
            outputs={"score": Output(type="uri_file")},
        )

        @dsl.pipeline(name="three_steps", default_compute="cpu", experiment_name="conformance")
        def three_steps(raw, lines=4):
            prepared = prep(raw=raw, lines=lines)
            trained = train(rows=prepared.outputs.out)
            scored = score(model=trained.outputs.model)
            return {"rows": prepared.outputs.out, "model": trained.outputs.model, "score": scored.outputs.score}

        job = three_steps(raw=Input(type="uri_folder", path=str(HERE / "data")))
        job.display_name = "Three steps"
        return job

    def test_20_pipeline(self):
        with call("jobs.validate"):
            self.assertTrue(self.ml.jobs.validate(self.pipeline()).passed)
        with call("jobs.create_or_update (@pipeline)"):
            job = self.ml.jobs.create_or_update(self.pipeline())
            self.assertEqual((job.type, job.experiment_name, job.display_name), ("pipeline", "conformance", "Three steps"))
            self.assertEqual(set(job.jobs), {"prep_rows", "train", "score"} if "prep_rows" in job.jobs else set(job.jobs))
            type(self).first_run = job.name
        with call("jobs.stream (pipeline)"):
            text = self.streamed(job.name)
            self.assertIn(f"RunId: {job.name}", text)
            self.assertIn("Execution Summary", text)
            self.assertIn("Streaming logs/azureml/executionlogs.txt", text)
        with call("jobs.get"):
            self.assertEqual(self.ml.jobs.get(job.name).status, "Completed")

    def test_21_children(self):
        with call("jobs.list (children)"):
            children = list(self.ml.jobs.list(parent_job_name=self.name_of_run()))
            self.assertEqual(len(children), 3)
            self.assertEqual({c.status for c in children}, {"Completed"})
            type(self).steps = {c.display_name: c.name for c in children}
        with call("jobs.get (child)"):
            for child in children:
                self.assertEqual(self.ml.jobs.get(child.name).name, child.name)

    def name_of_run(self):
        return type(self).first_run

    def test_22_download(self):
        target = self.folder("all")
        with call("jobs.download (all)"):
            self.ml.jobs.download(self.name_of_run(), download_path=str(target), all=True)
            named = target / "named-outputs"
            self.assertEqual((named / "rows" / "rows.csv").read_text(), "a,1\nb,2\nc,3\nd,4\n")
            self.assertEqual((named / "model" / "model.txt").read_text(), "5.0\n")
            self.assertEqual([f.read_text() for f in (named / "score").rglob("*") if f.is_file()], ["score,5.0\n"])
        with call("jobs.download (one output)"):
            target = self.folder("one")
            self.ml.jobs.download(self.name_of_run(), download_path=str(target), output_name="model")
            self.assertEqual([f.name for f in target.rglob("*") if f.is_file()], ["model.txt"])

    def test_23_logs(self):
        names = {c.display_name: c.name for c in self.ml.jobs.list(parent_job_name=self.name_of_run())}
        train = next(name for shown, name in names.items() if "train" in shown)
        with call("jobs.download (logs of a step)"):
            target = self.folder("logs")
            self.ml.jobs.download(train, download_path=str(target))
            files = {str(f.relative_to(target / "artifacts")): f.read_text() for f in target.rglob("*") if f.is_file()}
            self.assertIn("the mean is 2.5", files["user_logs/std_log.txt"])
            self.assertEqual(files["outputs/notes.txt"], "trained on 4 rows\n")

    def test_24_yaml(self):
        with call("jobs.create_or_update (YAML)"):
            job = self.ml.jobs.create_or_update(load_job(str(HERE / "pipeline.yml")))
            self.assertEqual(job.display_name, "From YAML")
        self.assertEqual(self.ended(job.name).status, "Completed")
        with call("jobs.download (all, YAML)"):
            target = self.folder("yaml")
            self.ml.jobs.download(job.name, download_path=str(target), all=True)
            self.assertEqual((target / "named-outputs" / "rows" / "rows.csv").read_text(), "a,1\nb,2\nc,3\nd,4\n")

    def test_25_command(self):
        job = command(
            code=str(HERE / "code"),
            command="for i in 1 2 3 4 5; do echo line $i; sleep 1; done; cp ${{inputs.rows}} ${{outputs.copy}}/",
            environment="conformance@latest",
            compute="cpu",
            experiment_name="conformance",
            inputs={"rows": Input(type="uri_file", path="azureml:rows:2")},
            outputs={"copy": Output(type="uri_folder")},
        )
        with call("jobs.create_or_update (command)"):
            job = self.ml.jobs.create_or_update(job)
        with call("jobs.stream (command)"):
            text = self.streamed(job.name)
            for i in range(1, 6):
                self.assertIn(f"line {i}\n", text)
            self.assertIn("Streaming user_logs/std_log.txt", text)
        with call("jobs.download (all, command)"):
            target = self.folder("command")
            self.ml.jobs.download(job.name, download_path=str(target), all=True)
            self.assertTrue((target / "named-outputs" / "copy" / "rows.csv").is_file())
            self.assertIn("line 5", (target / "artifacts" / "user_logs" / "std_log.txt").read_text())
        with call("jobs.show_services"):
            self.assertIsNone(self.ml.jobs.show_services(job.name))

    def test_26_failure(self):
        from azure.ai.ml.exceptions import JobException

        job = self.ml.jobs.create_or_update(
            command(command="sleep 3; exit 3", environment="azureml:conformance:1", compute="cpu", experiment_name="conformance")
        )
        with call("jobs.stream (a job that fails)"):
            with self.assertRaises(JobException) as caught:
                self.streamed(job.name)
            self.assertIn("exit", str(caught.exception).lower())
        self.assertEqual(self.ml.jobs.get(job.name).status, "Failed")

    def test_27_cancel(self):
        job = self.ml.jobs.create_or_update(
            command(command="sleep 300", environment="azureml:conformance:1", compute="cpu", experiment_name="conformance")
        )
        with call("jobs.begin_cancel"):
            self.ml.jobs.begin_cancel(job.name).result()
            self.assertEqual(self.ended(job.name).status, "Canceled")

    def test_28_list_archive(self):
        with call("jobs.list"):
            self.assertIn(self.name_of_run(), [j.name for j in self.ml.jobs.list()])
        with call("jobs.archive"):
            self.ml.jobs.archive(self.name_of_run())
            self.assertNotIn(self.name_of_run(), [j.name for j in self.ml.jobs.list()])
        with call("jobs.restore"):
            self.ml.jobs.restore(self.name_of_run())
            self.assertIn(self.name_of_run(), [j.name for j in self.ml.jobs.list()])
        with call("jobs.create_or_update (tags of a job that is there)"):
            job = self.ml.jobs.get(self.name_of_run())
            job.tags = {"seen": "yes"}
            self.ml.jobs.create_or_update(job)
            self.assertEqual(self.ml.jobs.get(self.name_of_run()).tags.get("seen"), "yes")

    def test_29_again(self):
        with call("jobs.create_or_update (the same again)"):
            job = self.ml.jobs.create_or_update(self.pipeline())
            self.assertEqual(self.ended(job.name).status, "Completed")
        with call("jobs.download (steps that were reused)"):
            target = self.folder("again")
            self.ml.jobs.download(job.name, download_path=str(target), all=True)
            self.assertEqual((target / "named-outputs" / "model" / "model.txt").read_text(), "5.0\n")

    def test_30_model_of_job(self):
        with call("models.create_or_update (output of a job)"):
            made = self.ml.models.create_or_update(
                Model(name="trained", path=f"azureml://jobs/{self.name_of_run()}/outputs/model", type="custom_model")
            )
            self.assertEqual(made.version, "1")
        with call("models.download (output of a job)"):
            target = self.folder("trained")
            self.ml.models.download("trained", version="1", download_path=str(target))
            self.assertEqual([f.read_text() for f in target.rglob("model.txt")], ["5.0\n"])

    # Batch endpoints.

    def test_40_batch(self):
        with call("batch_endpoints.begin_create_or_update"):
            made = self.ml.batch_endpoints.begin_create_or_update(BatchEndpoint(name="conf-batch", description="d")).result()
            self.assertTrue(made.scoring_uri.startswith("https://"))
        component = self.pipeline_component()
        with call("components.create_or_update (pipeline)"):
            registered = self.ml.components.create_or_update(component)
        with call("batch_deployments.begin_create_or_update (pipeline)"):
            self.ml.batch_deployments.begin_create_or_update(
                PipelineComponentBatchDeployment(
                    name="first", endpoint_name="conf-batch", component=registered.id, settings={"default_compute": "cpu"}
                )
            ).result()
        with call("batch_endpoints.begin_create_or_update (default deployment)"):
            endpoint = self.ml.batch_endpoints.get("conf-batch")
            endpoint.defaults = {"deployment_name": "first"}
            self.ml.batch_endpoints.begin_create_or_update(endpoint).result()
        with call("batch_endpoints.get"):
            got = self.ml.batch_endpoints.get("conf-batch")
            default = got.defaults["deployment_name"] if isinstance(got.defaults, dict) else got.defaults.deployment_name
            self.assertEqual(default, "first")
        with call("batch_deployments.get"):
            self.assertEqual(self.ml.batch_deployments.get("first", "conf-batch").name, "first")
        with call("batch_deployments.list"):
            self.assertEqual([d.name for d in self.ml.batch_deployments.list("conf-batch")], ["first"])
        with call("batch_endpoints.list"):
            self.assertIn("conf-batch", [e.name for e in self.ml.batch_endpoints.list()])

    def pipeline_component(self):
        prep = load_component(str(HERE / "component_prep.yml"))

        @dsl.pipeline(name="batch_rows", version="1")
        def batch_rows(raw: Input(type="uri_folder"), lines: int = 2):
            prepared = prep(raw=raw, lines=lines)
            return {"rows": prepared.outputs.out}

        return batch_rows.component() if hasattr(batch_rows, "component") else batch_rows._pipeline_builder.build(user_provided_kwargs={})

    def test_41_invoke(self):
        with call("batch_endpoints.invoke"):
            job = self.ml.batch_endpoints.invoke(
                endpoint_name="conf-batch", inputs={"raw": Input(type="uri_folder", path=str(HERE / "data"))}
            )
            self.assertEqual(self.ended(job.name).status, "Completed")
        with call("batch_endpoints.list_jobs"):
            self.assertEqual([j.name for j in self.ml.batch_endpoints.list_jobs("conf-batch")], [job.name])
        with call("batch_deployments.list_jobs"):
            self.assertEqual([j.name for j in self.ml.batch_deployments.list_jobs("conf-batch", name="first")], [job.name])

    def test_42_batch_delete(self):
        with call("batch_deployments.begin_delete"):
            self.ml.batch_deployments.begin_delete("first", "conf-batch").result()
        with call("batch_endpoints.begin_delete"):
            self.ml.batch_endpoints.begin_delete("conf-batch").result()
            with self.assertRaises(ResourceNotFoundError):
                self.ml.batch_endpoints.get("conf-batch")

    # Schedules.

    def test_50_schedule(self):
        with call("schedules.begin_create_or_update (cron)"):
            made = self.ml.schedules.begin_create_or_update(
                JobSchedule(name="nightly", trigger=CronTrigger(expression="0 2 * * *", time_zone=TimeZone.UTC), create_job=self.pipeline())
            ).result()
            self.assertEqual(made.name, "nightly")
            self.assertTrue(made.is_enabled)
        with call("schedules.begin_create_or_update (recurrence)"):
            self.ml.schedules.begin_create_or_update(
                JobSchedule(
                    name="weekly",
                    trigger=RecurrenceTrigger(
                        frequency="week", interval=1, schedule=RecurrencePattern(hours=[3], minutes=[15], week_days=["monday"])
                    ),
                    create_job=self.pipeline(),
                )
            ).result()
        with call("schedules.get"):
            self.assertEqual(self.ml.schedules.get("nightly").trigger.expression, "0 2 * * *")
        with call("schedules.list"):
            self.assertLessEqual({"nightly", "weekly"}, {s.name for s in self.ml.schedules.list()})
        with call("schedules.begin_disable"):
            self.ml.schedules.begin_disable("nightly").result()
            self.assertFalse(self.ml.schedules.get("nightly").is_enabled)
        with call("schedules.begin_enable"):
            self.ml.schedules.begin_enable("nightly").result()
            self.assertTrue(self.ml.schedules.get("nightly").is_enabled)
        for name in ("nightly", "weekly"):
            self.ml.schedules.begin_disable(name).result()
            with call("schedules.begin_delete"):
                self.ml.schedules.begin_delete(name).result()

    # Registries.

    def test_60_registries(self):
        with call("registries.list"):
            self.assertEqual(list(self.home.registries.list()), [])
        with call("registries.get (none there)"):
            with self.assertRaises(ResourceNotFoundError):
                self.home.registries.get("nowhere")
        region = RegistryRegionDetails(
            location="local",
            acr_config=[SystemCreatedAcrAccount(acr_account_sku="Premium")],
            storage_config=SystemCreatedStorageAccount(storage_account_hns=False, storage_account_type="Standard_LRS"),
        )
        with call("registries.begin_create"):
            made = self.home.registries.begin_create(
                Registry(name="conf-registry", location="local", tags={"a": "b"}, replication_locations=[region])
            ).result()
            self.assertEqual((made.name, made.tags), ("conf-registry", {"a": "b"}))
        with call("registries.get"):
            self.assertEqual(self.home.registries.get("conf-registry").name, "conf-registry")
        self.assertEqual([r.name for r in self.home.registries.list()], ["conf-registry"])
        # What is in one, a client asks of the registry's own address.
        operation = "Registries: GET /registrymanagement/v1.0/registries/"
        with refused(self, "MLClient(registry_name=...)", operation + "conf-registry/discovery"):
            MLClient(self.credential, registry_name="conf-registry")
        with refused(self, "MLClient(registry_name=...) (one of Azure's)", operation + "azureml/discovery"):
            MLClient(self.credential, registry_name="azureml")
        with refused(self, "models.share", operation):
            self.ml.models.share("mean", "1", share_with_name="mean", share_with_version="1", registry_name="conf-registry")
        with call("registries.begin_delete"):
            self.home.registries.begin_delete(name="conf-registry").result()
            self.assertEqual(list(self.home.registries.list()), [])

    # What there is not. The operation is the first one that a call sends.

    def test_90_online(self):
        endpoints, deployments = self.ml.online_endpoints, self.ml.online_deployments
        request = self.folder("online") / "request.json"
        request.write_text("{}")
        blue = ManagedOnlineDeployment(
            name="blue",
            endpoint_name="online",
            model="azureml:mean:1",
            environment="azureml:conformance:1",
            instance_type="Standard_DS3_v2",
            instance_count=1,
        )
        made = ManagedOnlineEndpoint(name="online", auth_mode="key")
        for name, operation, ask in (
            ("online_endpoints.list", "OnlineEndpointsClient.List", lambda: list(endpoints.list())),
            ("online_endpoints.get", "OnlineEndpointsClient.Get", lambda: endpoints.get("online")),
            ("online_endpoints.begin_create_or_update", "OnlineEndpointsClient.CreateOrUpdate", lambda: endpoints.begin_create_or_update(made)),
            ("online_endpoints.begin_delete", "OnlineEndpointsClient.Delete", lambda: endpoints.begin_delete("online")),
            ("online_endpoints.get_keys", "OnlineEndpointsClient.Get", lambda: endpoints.get_keys("online")),
            ("online_endpoints.begin_regenerate_keys", "OnlineEndpointsClient.Get", lambda: endpoints.begin_regenerate_keys("online")),
            ("online_endpoints.invoke", "OnlineEndpointsClient.Get", lambda: endpoints.invoke("online", request_file=str(request))),
            ("online_deployments.list", "OnlineDeploymentsClient.List", lambda: list(deployments.list("online"))),
            ("online_deployments.get", "OnlineDeploymentsClient.Get", lambda: deployments.get("blue", "online")),
            ("online_deployments.begin_create_or_update", "OnlineEndpointsClient.Get", lambda: deployments.begin_create_or_update(blue)),
            ("online_deployments.begin_delete", "OnlineDeploymentsClient.Delete", lambda: deployments.begin_delete("blue", "online")),
            ("online_deployments.get_logs", "OnlineDeploymentsClient.GetLogs", lambda: deployments.get_logs("blue", "online", 10)),
        ):
            with self.subTest(name), refused(self, name, operation):
                ask()

    def test_91_connections(self):
        connections = self.ml.connections
        made = WorkspaceConnection(
            name="git", type="git", target="https://example.com", credentials=PatTokenConfiguration(pat="not-a-secret")
        )
        for name, operation, ask in (
            ("connections.list", "WorkspaceConnectionsClient.List", lambda: list(connections.list())),
            ("connections.get", "WorkspaceConnectionsClient.Get", lambda: connections.get("git")),
            ("connections.create_or_update", "WorkspaceConnectionsClient.Create", lambda: connections.create_or_update(made)),
            ("connections.delete", "WorkspaceConnectionsClient.Delete", lambda: connections.delete("git")),
        ):
            with self.subTest(name), refused(self, name, operation):
                ask()

    def test_92_others(self):
        asks = [
            ("compute.list_sizes", "VirtualMachineSizesClient.List", lambda: list(self.ml.compute.list_sizes())),
            ("compute.list_usage", "UsagesClient.List", lambda: list(self.ml.compute.list_usage())),
            (
                "compute.begin_create_or_update (an instance)",
                'computes of type "ComputeInstance"',
                lambda: self.ml.compute.begin_create_or_update(ComputeInstance(name="instance", size="Standard_DS3_v2")),
            ),
            ("feature_sets.list", "FeaturesetContainersClient.List", lambda: list(self.ml.feature_sets.list())),
            (
                "feature_store_entities.list",
                "FeaturestoreEntityContainersClient.List",
                lambda: list(self.ml.feature_store_entities.list()),
            ),
            (
                "workspace_outbound_rules.list",
                "ManagedNetworkSettingsRuleClient.List",
                lambda: list(self.ml.workspace_outbound_rules.list(WORKSPACE)),
            ),
            ("workspaces.begin_diagnose", "WorkspacesClient.Diagnose", lambda: self.home.workspaces.begin_diagnose(WORKSPACE)),
        ]
        if hasattr(self.ml, "indexes"):  # the older release does not know these
            asks += [
                ("indexes.list", "Generic assets: GET /genericasset/", lambda: list(self.ml.indexes.list())),
                ("serverless_endpoints.list", "ServerlessEndpointsClient.List", lambda: list(self.ml.serverless_endpoints.list())),
                (
                    "marketplace_subscriptions.list",
                    "MarketplaceSubscriptionsClient.List",
                    lambda: list(self.ml.marketplace_subscriptions.list()),
                ),
            ]
        for name, operation, ask in asks:
            with self.subTest(name), refused(self, name, operation):
                ask()


if __name__ == "__main__":
    unittest.main()
