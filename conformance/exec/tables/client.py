"""Reads and writes paths of a datastore, with nothing in it about ischia:
azureml-fsspec and mltable, whose core is native and has an HTTP client of its
own."""

import os
import tempfile

import mltable
from azureml.fsspec import AzureMachineLearningFileSystem

STORE = (
    f"azureml://subscriptions/{os.environ['AZURE_SUBSCRIPTION_ID']}/resourcegroups/{os.environ['AZUREML_ARM_RESOURCEGROUP']}"
    f"/workspaces/{os.environ['AZUREML_ARM_WORKSPACE_NAME']}/datastores/workspaceblobstore/paths/"
)


def main():
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {"a.csv": "x,y\n1,2\n3,4\n", "b.csv": "x,y\n5,6\n"}.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        files = AzureMachineLearningFileSystem(STORE)
        files.upload(lpath=folder, rpath="tables", recursive=True, **{"overwrite": "MERGE_WITH_OVERWRITE"})
    print("fsspec upload, ls", *sorted(files.ls("tables")))
    print("fsspec glob", *sorted(files.glob("tables/*.csv")))
    with files.open("tables/a.csv") as file:
        print("fsspec open", file.read().decode().split())

    table = mltable.from_delimited_files([{"pattern": STORE + "tables/*.csv"}])
    print("mltable from_delimited_files", sorted(table.to_pandas_dataframe().values.tolist()))
    with tempfile.TemporaryDirectory() as folder:
        table.save(folder)
        print("mltable save, load", len(mltable.load(folder).to_pandas_dataframe()))


main()
