//! `rankine apply` of a run that finds boxes: blurred pictures and a manifest.

use rankine::batch::blur::{Summary, blur};

use super::{tell, written};
use crate::arguments::Apply;
use crate::terminal::Terminal;
use crate::trouble::Trouble;

pub(super) fn execute(arguments: &Apply, terminal: &Terminal) -> Result<(), Trouble> {
    if !arguments.input.is_dir() {
        let message = format!("{}: no such folder", arguments.input.display());
        return Err(Trouble::usage(message, "this run finds boxes: --input takes a folder of pictures"));
    }
    if arguments.output.is_file() {
        let message = format!("{}: it is a file", arguments.output.display());
        return Err(Trouble::usage(
            message,
            "this run finds boxes: --output takes a folder for the pictures",
        ));
    }
    let summary = blur(&arguments.run, &arguments.input, &arguments.output, terminal)?;
    written(terminal, arguments.json, &summary, &summary.manifest, &said(&summary));
    Ok(())
}

fn said(summary: &Summary) -> String {
    let Summary { images, boxes, done_before, failed, pipeline, .. } = summary;
    let mut lines = vec![format!("{boxes} boxes blurred in {images} pictures, by `{pipeline}`")];
    tell(
        &mut lines,
        &[
            (*done_before, "pictures were done before"),
            (*failed, "pictures could not be read or written: the manifest says why"),
        ],
    );
    lines.join("\n")
}
