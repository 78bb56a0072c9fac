"""Submits a pipeline with Azure's own client for Python.

    python submit.py PIPELINE.yml SUBSCRIPTION GROUP WORKSPACE EXPERIMENT
"""

import sys

from azure.ai.ml import MLClient, load_job
from azure.identity import DefaultAzureCredential

file, subscription, group, workspace, experiment = sys.argv[1:]
client = MLClient(DefaultAzureCredential(), subscription, group, workspace)
job = load_job(file)
# The driver names experiments itself, after its workspace and environment.
job.experiment_name = experiment
print(client.jobs.create_or_update(job).name)
