"""The driver: runs the pipeline logic here, or hands the pipeline to ischia.

    python driver.py --local
    python driver.py --workspace_name my-workspace --env my-devbox --action validate
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

FLAGS = """\
without --local, the flags go to `ischia driver -f pipeline.yml`:
  --workspace_name NAME          workspace to get or create
  --env NAME                     environment: a devbox or a repo branch
  --action ACTION                validate (default), submit-experiment or publish-pipeline
  --parameter NAME=VALUE         value of a pipeline parameter
  --target WHERE                 embedded (on this machine), azure, or an ischia server's address
  --publish_datastore_name NAME  datastore for the published pipeline's marker
  --publish_datastore_path DIR   folder on that datastore; empty: no marker
  --use_workspace_name_for_rg    do NOT take the workspace's name for the resource group
  --KEY VALUE                    in place of KEY in default_ischia_config.json

examples:
  python driver.py --local
  python driver.py --workspace_name my-workspace --env my-devbox --action validate
  python driver.py --workspace_name my-workspace --env my-devbox --action submit-experiment
  python driver.py --workspace_name my-workspace --env my-devbox --action publish-pipeline

ISCHIA_BIN names the ischia program, if it is not on PATH.
"""


def run_local_pipeline():
    """Call the component functions directly, in this process.

    This is the pipeline logic: set breakpoints, add print statements. No
    workspace and no ischia take part.
    """
    from steps.components import preprocess, train

    preprocess_output = preprocess.preprocess(use_test_dataset="True")
    train.train(input=preprocess_output, outputs_folder="./", train_test_ratio=0.75)


def define_pipeline_parameters(action):
    """Return the values of the pipeline's parameters.

    Those of a submission; the defaults, with which the pipeline is published,
    are others.
    """
    if action == "publish-pipeline":
        return {"use_test_dataset": "False", "train_test_ratio": 0.80}
    return {"use_test_dataset": "True", "train_test_ratio": 0.75}


def run_aml_pipeline(action, flags):
    """Hand the pipeline in pipeline.yml to ischia; return its exit status."""
    program = os.environ.get("ISCHIA_BIN") or "ischia"
    found = shutil.which(program)
    if found is None:
        print(
            f"driver.py: there is no program {program!r}; install ischia, put it on PATH "
            "or name it in ISCHIA_BIN (--local needs none)",
            file=sys.stderr,
        )
        return 127
    pipeline = os.path.join(HERE, "pipeline.yml")
    command = [os.path.abspath(found), "driver", "-f", pipeline]
    if action is not None:
        command.append(f"--action={action}")
        # What the command line gives comes later, and wins.
        for name, value in define_pipeline_parameters(action).items():
            command.append(f"--parameter={name}={value}")
    return wait_for([*command, *flags])


def wait_for(command):
    """Run a command in the starter's folder and return its exit status.

    Not subprocess.call: on Ctrl-C that kills the program after a quarter of a
    second, while ischia, which got the same Ctrl-C, still cancels its run.
    """
    process = subprocess.Popen(command, cwd=HERE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    status = process.wait()
    return status if status >= 0 else 128 - status


def main():
    """Read --local; every other flag is ischia's."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog=FLAGS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--local", action="store_true", help="run the pipeline logic here")
    parser.add_argument("--action", metavar="ACTION", help=argparse.SUPPRESS)
    args, flags = parser.parse_known_args()
    if not args.local:
        return run_aml_pipeline(args.action, flags)
    if flags:
        print(f"driver.py: --local needs no other flag; not used: {' '.join(flags)}", file=sys.stderr)
    try:
        run_local_pipeline()
    except (OSError, ValueError) as error:
        print(f"driver.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
