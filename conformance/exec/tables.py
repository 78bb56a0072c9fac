"""Reads and writes paths of a datastore, with nothing in it about ischia:
azureml-fsspec and mltable, whose core is native and has an HTTP client of its
own."""

import os
import pathlib
import tempfile

import mltable
import pandas
from azure.identity import DefaultAzureCredential
from azureml.fsspec import AzureMachineLearningFileSystem
from calls import call, release, same
from scope import GROUP, NAME, SCOPE, SUBSCRIPTION, store

FILES, TABLES = "azureml-fsspec", "mltable"
STORE = f"azureml://subscriptions/{SUBSCRIPTION}/resourcegroups/{GROUP}/workspaces/{NAME}/datastores/workspaceblobstore/paths/"
FIRST, ALL = [[1, 2], [3, 4]], [[1, 2], [3, 4], [5, 6]]


def rows(table) -> list:
    return sorted(table.to_pandas_dataframe().values.tolist())


def upload(files, folder: pathlib.Path, to: str) -> bool:
    files.upload(lpath=str(folder), rpath=to, recursive=True, overwrite="MERGE_WITH_OVERWRITE")
    return True


def download(files, folder: pathlib.Path) -> bool:
    files.download(rpath="tables", lpath=str(folder), recursive=True)
    return same(sorted(p.name for p in folder.rglob("*.csv")), ["a.csv", "b.csv"])


def read(files, name: str) -> bytes:
    with files.open(name) as file:
        return file.read()


def files(here: pathlib.Path) -> None:
    release(FILES)
    release("azureml-dataprep-rslex")
    source, target = here / "source", here / "target"
    source.mkdir()
    target.mkdir()
    for name, text in {"a.csv": "x,y\n1,2\n3,4\n", "b.csv": "x,y\n5,6\n"}.items():
        (source / name).write_text(text)
    system = AzureMachineLearningFileSystem(STORE)
    both = ["tables/a.csv", "tables/b.csv"]
    call(FILES, "upload", lambda: upload(system, source, "tables"))
    call(FILES, "ls", lambda: same(sorted(system.ls("tables")), both))
    call(FILES, "glob", lambda: same(sorted(system.glob("tables/*.csv")), both))
    call(FILES, "open (to read)", lambda: same(read(system, "tables/a.csv"), b"x,y\n1,2\n3,4\n"))
    call(FILES, "exists", lambda: same([system.exists("tables/a.csv"), system.exists("tables/none")], [True, False]))
    call(FILES, "info", lambda: same(system.info("tables/a.csv")["size"], 12))
    call(FILES, "walk", lambda: same(sorted(f for _, _, names in system.walk("tables") for f in names), ["a.csv", "b.csv"]))
    call(FILES, "download", lambda: download(system, target))
    call(FILES, "pandas.read_csv(azureml://...)", lambda: same(pandas.read_csv(STORE + "tables/a.csv").values.tolist(), FIRST))


def tables(here: pathlib.Path) -> None:
    release(TABLES)
    one, every = [{"file": STORE + "tables/a.csv"}], [{"pattern": STORE + "tables/*.csv"}]
    call(TABLES, "from_delimited_files (a file)", lambda: same(rows(mltable.from_delimited_files(one)), FIRST))
    call(TABLES, "from_delimited_files (a pattern)", lambda: same(rows(mltable.from_delimited_files(every)), ALL))
    folder = [{"folder": STORE + "tables/"}]
    call(TABLES, "from_paths (a folder)", lambda: same(len(mltable.from_paths(folder).to_pandas_dataframe()), 2))
    saved, data = str(here / "saved"), here / "data"
    table = mltable.from_delimited_files(every)
    call(TABLES, "save, and load from here", lambda: table.save(saved) and same(rows(mltable.load(saved)), ALL))
    data.mkdir()
    (data / "c.csv").write_text("x,y\n7,8\n")
    (data / "MLTable").write_text("type: mltable\npaths:\n  - file: ./c.csv\ntransformations:\n  - read_delimited:\n      delimiter: ','\n")
    upload(AzureMachineLearningFileSystem(STORE), data, "tabled")
    call(TABLES, "load (azureml://...)", lambda: same(rows(mltable.load(STORE + "tabled/")), [[7, 8]]))
    account, container = store(DefaultAzureCredential().get_token(SCOPE).token)
    host = f"{account}.blob.core.windows.net"
    wasbs, https = f"wasbs://{container}@{host}/tables/a.csv", f"https://{host}/{container}/tables/a.csv"
    call(TABLES, "from_delimited_files (wasbs://...)", lambda: same(rows(mltable.from_delimited_files([{"file": wasbs}])), FIRST))
    os.environ["DEFAULT_IDENTITY_CLIENT_ID"] = "11111111-1111-4111-8111-111111111111"
    call(
        TABLES,
        "from_delimited_files (wasbs://..., DEFAULT_IDENTITY_CLIENT_ID is set)",
        lambda: same(rows(mltable.from_delimited_files([{"file": wasbs}])), FIRST),
    )
    call(TABLES, "from_delimited_files (https://...)", lambda: same(rows(mltable.from_delimited_files([{"file": https}])), FIRST))


with tempfile.TemporaryDirectory() as temporary:
    files(pathlib.Path(temporary))
    tables(pathlib.Path(temporary))
