"""First step of the pipeline: reads its flags and calls components/preprocess.py."""

import argparse
import sys

from components import preprocess


def main():
    """Read the flags and do the work; one line on standard error if it fails."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--data_path", help="CSV file to read")
    parser.add_argument("--preprocess_output", required=True, help="folder for the cleaned data")
    parser.add_argument(
        "--use_test_dataset",
        default="False",
        help="True to take the data set of this step instead of data_path (default: False)",
    )
    args = parser.parse_args()
    try:
        preprocess.preprocess(args.data_path, args.preprocess_output, args.use_test_dataset)
    except (OSError, ValueError) as error:
        sys.exit(f"01_preprocess_step: {error}")


if __name__ == "__main__":
    main()
