//! The interviews of the cases, as they are read.

use std::path::Path;

use rankine::interview::Brief;
use rankine_design::Source;

/// What the interview about a case is made of.
pub(crate) fn brief(case: &str) -> Brief {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases").join(case);
    let source = |name: &str| Source::new(name, std::fs::read_to_string(folder.join(name)).expect(name));
    Brief::read(case, &source("design.toml"), &source("world.toml"), &source("interview.toml")).expect(case)
}
