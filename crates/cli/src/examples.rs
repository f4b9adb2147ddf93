//! What the help of some commands shows below their options: examples, and what goes with them.

pub(crate) const CONVERT_EXAMPLES: &str = "\
Examples:
  rankine convert shop --data clicks/ --output log.jsonl
  rankine convert video-recommendation --data ml-100k --output events.parquet
  rankine convert shop --data clicks/ --examples --output examples.parquet
  rankine convert shop --data clicks/ --examples --part 2/8 --output part-2.parquet

Lines come in the order in which they became known, and what cannot be taken is
counted. The file is put in its place when it is whole. Pictures stay where
they are: put the log beside them.

With --examples it writes what contenders learn from and are judged by: a row
for each item of each request of the train, validation and test periods, with
labels, and features as they were known right before the request.";

pub(crate) const RECOMMEND_EXAMPLES: &str = "\
Examples:
  rankine recommend runs/shop-1a2b3c4d --users all --output top.parquet
  rankine recommend runs/shop-1a2b3c4d --users vips.txt --limit 50 --output top.csv
  rankine recommend runs/shop-1a2b3c4d --users crm.parquet --column customer --output top.jsonl

The users are one id a line, or a column of a CSV, JSON Lines or Parquet file.
Answers are as of the end of the log, with what the run's server logged since.
The table is put in its place when it is whole.";

pub(crate) const APPLY_EXAMPLES: &str = "\
Examples:
  rankine apply runs/loans-1a2b3c4d --input new.csv --output scored.parquet
  rankine apply runs/posts-1a2b3c4d --input queue.jsonl --output decided.csv
  rankine apply runs/street-view-blurring-1a2b3c4d --input photos --output blurred

The input is read by the run's mapping: the same columns, in CSV, Parquet or
JSON Lines, without what came of a row; or it is a log in the native schema,
whose requests are answered in the order of time. Lines that cannot be taken
are kept beside the output. The table is put in its place when it is whole.

A run that finds boxes takes a folder of pictures instead and blurs what it
acts on: every .jpg, .jpeg and .png in it and below is written under the same
name, and OUTPUT/manifest.jsonl has a line for each with boxes, scores and
milliseconds, or the error. Ended early, it goes on where it stopped.";

pub(crate) const PARITY_EXAMPLES: &str = "\
Examples:
  rankine parity runs/shop-1a2b3c4d
  rankine parity runs/shop-1a2b3c4d --keys 1000 --json
  rankine parity runs/shop-1a2b3c4d --served /var/log/shop/served.jsonl

Replays the log of the run and the journal of its server, and compares the
feature values at the requests of some users, always the same ones, with what
the server wrote down. Where one differs, or lines of the journal are gone, the
exit code is 1; where there is nothing to compare it is 3. How much a server
writes down says its --record.";

pub(crate) const FORGET_EXAMPLES: &str = "\
Examples:
  rankine forget runs/shop-1a2b3c4d u12
  rankine forget runs/shop-1a2b3c4d u12 --journal /var/log/shop/served.jsonl --json

Removes the lines about a user from the log in the run's folder, from its
journals and from those named beside (files, or folders of .jsonl, plain or
compressed). Each file is put in its place when it is whole; a running server
must end first. Models are not edited: it says which bundles know the user, and
the next run, on what is left, does not.";
