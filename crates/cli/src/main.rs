//! The binary.

fn main() -> std::process::ExitCode {
    rankine_cli::main()
}
