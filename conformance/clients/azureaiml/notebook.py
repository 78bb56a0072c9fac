"""A notebook as people have it: a workspace, a cluster, a pipeline of three
steps, its log, its files, a model of it."""

# %% Sign in.
import os
import pathlib
import tempfile

from azure.ai.ml import Input, MLClient, Output, command, dsl
from azure.ai.ml.entities import AmlCompute, Environment, Model, Workspace
from azure.identity import DefaultAzureCredential

credential = DefaultAzureCredential()
subscription = os.environ.get("AZURE_SUBSCRIPTION_ID", "00000000-0000-0000-0000-000000000000")
group = os.environ.get("AZURE_RESOURCE_GROUP", "local")
here = pathlib.Path(__file__).parent

# %% A workspace and a cluster.
ml_client = MLClient(credential, subscription, group)
workspace = ml_client.workspaces.begin_create(Workspace(name="notebook", location="local")).result()
ml_client = MLClient(credential, subscription, group, workspace.name)
cluster = ml_client.compute.begin_create_or_update(
    AmlCompute(name="cpu-cluster", size="Standard_DS3_v2", min_instances=0, max_instances=4)
).result()
print("cluster:", cluster.name)

# %% Three steps.
environment = Environment(image="mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04")
code = str(here / "code")
prep = command(
    name="prep",
    code=code,
    command="python prep.py --raw ${{inputs.raw}} --lines 5 --out ${{outputs.rows}}",
    environment=environment,
    inputs={"raw": Input(type="uri_file")},
    outputs={"rows": Output(type="uri_folder")},
)
train = command(
    name="train",
    code=code,
    command="python train.py --rows ${{inputs.rows}} --rate ${{inputs.rate}} --model ${{outputs.model}}",
    environment=environment,
    inputs={"rows": Input(type="uri_folder"), "rate": 3.0},
    outputs={"model": Output(type="custom_model")},
)
score = command(
    name="score",
    code=code,
    command="python score.py --model ${{inputs.model}} --score ${{outputs.score}}",
    environment=environment,
    inputs={"model": Input(type="custom_model")},
    outputs={"score": Output(type="uri_file")},
)


@dsl.pipeline(name="notebook_pipeline", default_compute="cpu-cluster")
def notebook_pipeline(raw):
    prepared = prep(raw=raw)
    trained = train(rows=prepared.outputs.rows)
    scored = score(model=trained.outputs.model)
    return {"model": trained.outputs.model, "score": scored.outputs.score}


# %% Run it, and watch.
pipeline = notebook_pipeline(raw=Input(type="uri_file", path=str(here / "data" / "rows.csv")))
job = ml_client.jobs.create_or_update(pipeline, experiment_name="notebook")
ml_client.jobs.stream(job.name)

# %% What came out.
with tempfile.TemporaryDirectory() as folder:
    ml_client.jobs.download(job.name, download_path=folder, all=True)
    outputs = pathlib.Path(folder) / "named-outputs"
    print("model:", (outputs / "model" / "model.txt").read_text().strip())
    print("score:", next(f for f in (outputs / "score").rglob("*") if f.is_file()).read_text().strip())

# %% A model of it.
model = ml_client.models.create_or_update(
    Model(name="mean-model", path=f"azureml://jobs/{job.name}/outputs/model", type="custom_model")
)
print("registered:", model.name, model.version)
