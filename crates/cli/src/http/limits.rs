//! Limits around every route: open requests, the size of a body, time; and the count of it all.

use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::App;
use super::metrics::Open;
use super::problem::Problem;

/// Routes that answer however busy the server is, and do not make it busy. They read no body.
const ALWAYS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// What may run in these pages: only what is written in them, talking only to this server.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
                      img-src data:; font-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'";

/// Runs a request within the limits and counts it.
pub(super) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let matched = request.extensions().get::<MatchedPath>();
    let route = matched.map_or("other", MatchedPath::as_str).to_owned();
    let mut response = if ALWAYS.contains(&route.as_str()) {
        next.run(request).await
    } else {
        let open = Arc::new(Open::new(&app.metrics.open));
        if open.place > app.options.open_requests {
            let detail = format!("{} requests are open already", app.options.open_requests);
            Problem::later("busy", detail).into_response()
        } else {
            run(&app, request, next, open.clone()).await
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    app.metrics.request(&route, response.status().as_u16(), begun.elapsed());
    response
}

async fn run(app: &App, request: Request, next: Next, open: Arc<Open>) -> Response {
    let mut request = match whole(app, request).await {
        Ok(request) => request,
        Err(problem) => return problem.into_response(),
    };
    // Work that outlives its request still counts as open.
    request.extensions_mut().insert(open);
    match tokio::time::timeout(app.options.timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let detail = format!("no answer within {} s", app.options.timeout.as_secs_f64());
            Problem::later("timeout", detail).into_response()
        }
    }
}

/// The request with its body read.
async fn whole(app: &App, request: Request) -> Result<Request, Problem> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(request);
    }
    let too_large = || {
        let detail = format!("the body is larger than {} bytes", app.options.body);
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "large-body", detail)
    };
    let (parts, body) = request.into_parts();
    let told = parts.headers.get(header::CONTENT_LENGTH).and_then(|told| told.to_str().ok()?.parse().ok());
    if told.is_some_and(|told: u64| told > app.options.body as u64) {
        return Err(too_large());
    }
    let reading = Bytes::from_request(Request::from_parts(parts.clone(), body), &());
    match tokio::time::timeout(app.options.timeout, reading).await {
        Ok(Ok(bytes)) => Ok(Request::from_parts(parts, Body::from(bytes))),
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(too_large()),
        Ok(Err(_)) => Err(Problem::new(StatusCode::BAD_REQUEST, "broken-body", "the body broke off")),
        Err(_) => Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "timeout", "the body took too long to come")),
    }
}
