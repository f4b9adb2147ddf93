//! The binary.

/// A server answers in many small pieces of memory, and reading a log takes more: the system's allocator spent a
/// fifth of both.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    rankine_cli::main()
}
