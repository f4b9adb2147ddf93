"""The examples of a log by Spark: each task lets Rankine compute those of one part of the users.

examples.py PROGRAM OUTPUT DESIGN --data LOG [--parts N] [--master URL] [--beside N]: PROGRAM is `rankine`, at the same
path on every worker, as DESIGN and LOG are. OUTPUT becomes a folder of Parquet files. What a lost worker did not finish
is done by another.
"""

import argparse
import os
import subprocess
import tempfile

import pyarrow.parquet
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import from_arrow_schema


def command(given, part, output):
    """How to compute one part, from 1, of so many."""
    return [
        given.program, "convert", given.design, "--data", given.data, "--examples", "--part", part,
        "--beside", str(given.beside), "--output", output,
    ]


def computed(given, part):
    """The batches of one part."""
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "part.parquet")
        made = subprocess.run(command(given, part, file), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if made.returncode:
            raise RuntimeError(made.stderr.decode(errors="replace"))
        yield from pyarrow.parquet.ParquetFile(file).iter_batches()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program", type=os.path.abspath)
    arguments.add_argument("output", type=os.path.abspath)
    arguments.add_argument("design")
    arguments.add_argument("--data", required=True, type=os.path.abspath)
    arguments.add_argument("--parts", type=int, default=8)
    arguments.add_argument("--beside", type=int, default=10)
    arguments.add_argument("--master", default="local[2]")
    given = arguments.parse_args()
    # A part so small that it has no row tells the columns.
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "none.parquet")
        subprocess.run(command(given, "1/1000000007", file), stdout=subprocess.DEVNULL, check=True)
        schema = from_arrow_schema(pyarrow.parquet.read_schema(file))
    spark = SparkSession.builder.master(given.master).appName("examples").getOrCreate()
    parts = given.parts

    def each(batches):
        for batch in batches:
            for part in batch.column(0).to_pylist():
                yield from computed(given, f"{part + 1}/{parts}")

    frame = spark.range(0, parts, 1, parts).mapInArrow(each, schema)
    frame.write.mode("overwrite").parquet(given.output)
    spark.stop()


if __name__ == "__main__":
    main()
