//! The HTTP server over a real socket.

#[path = "../src/http/mod.rs"]
mod http;
#[path = "../../rankine/tests/serve_bundle/mod.rs"]
mod serve_bundle;
