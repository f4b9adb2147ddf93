"""Whether two tables of examples hold the same rows, to the last bit: same.py ONE OTHER."""

import sys

import numpy
import pyarrow
import pyarrow.parquet


def rows(path):
    """The rows in an order of their own, numbers as their bits."""
    table = pyarrow.parquet.read_table(path)
    columns = {}
    for name in sorted(table.column_names):
        column = table[name].combine_chunks()
        if pyarrow.types.is_float32(column.type):
            column = pyarrow.array(numpy.asarray(column.fill_null(0)).view(numpy.int32))
        columns[f"{len(columns)}"] = column
    table = pyarrow.table(columns)
    return table.sort_by([(name, "ascending") for name in table.column_names])


def main():
    one, other = map(rows, sys.argv[1:3])
    if one.num_rows == 0 or not one.equals(other):
        raise SystemExit(f"NOT the same: {one.num_rows} and {other.num_rows} rows, {one.num_columns} columns")
    print(f"the same bits: {one.num_rows} rows, {one.num_columns} columns")


if __name__ == "__main__":
    main()
