"""Second step of the pipeline: reads its flags and calls components/train.py."""

import argparse
import sys

from components import train


def main():
    """Read the flags and do the work; one line on standard error if it fails."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--train_input", required=True, help="folder that the first step wrote")
    parser.add_argument("--outputs_folder", required=True, help="folder for model and metrics")
    parser.add_argument(
        "--train_test_ratio",
        type=float,
        default=0.80,
        help="share of rows to train on (default: 0.80)",
    )
    args = parser.parse_args()
    try:
        train.train(args.train_input, args.outputs_folder, args.train_test_ratio)
    except (OSError, ValueError) as error:
        sys.exit(f"02_train_step: {error}")


if __name__ == "__main__":
    main()
