//! The binary.
#[allow(dead_code, unused_imports)] // until the commands call it
mod report;
fn main() {}
