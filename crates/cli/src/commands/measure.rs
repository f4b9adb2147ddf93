//! `rankine measure`: what a bundle costs, in a process that does nothing else.

use rankine::select::{Load, Measured};
use rankine::{Bundle, measure};

use crate::arguments::Measure;
use crate::terminal::Terminal;
use crate::trouble::Trouble;

pub(super) fn execute(arguments: &Measure, terminal: &Terminal) -> Result<(), Trouble> {
    let load = Load { per_second: arguments.per_second, requests: arguments.requests };
    let before = resident();
    let bundle = Bundle::read(&arguments.bundle)?;
    let latency_ms = measure::latency(&bundle, &load);
    let memory_bytes = resident().saturating_sub(before);
    let measured = Measured {
        latency_ms,
        memory_bytes,
        train_seconds: 0.0,
        requests: load.requests,
        per_second: load.per_second,
        pictures_per_second: measure::pictures_per_second(&bundle),
        parts_ms: measure::parts(&bundle),
    };
    terminal.print(&serde_json::to_string(&measured).expect("plain data"));
    Ok(())
}

/// Memory of this process in bytes; 0 where the system does not tell.
fn resident() -> u64 {
    memory_stats::memory_stats().map_or(0, |stats| stats.physical_mem as u64)
}
