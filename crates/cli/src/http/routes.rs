//! Routes: what each address does.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, Extension, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use rankine::serve::{Invalid, Listing, MOST_ITEMS, Refusal, Service};
use serde::Serialize;
use serde_json::{Value, json};

use super::metrics::Open;
use super::problem::Problem;
use super::{App, body, limits};

const PLAYGROUND: &str = include_str!("playground.html");

/// Users or items listed where nothing else is asked.
const LISTED: usize = 50;

type Asked = Result<Query<BTreeMap<String, String>>, QueryRejection>;
type Working = Extension<Arc<Open>>;

/// All routes, within their limits.
pub(super) fn router(app: Arc<App>) -> Router {
    let limit = DefaultBodyLimit::max(app.options.body);
    Router::new()
        .route("/", get(report))
        .route("/playground", get(playground))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .route("/v1/recommend", post(recommend))
        .route("/v1/rank", post(rank))
        .route("/v1/events", post(events))
        .route("/v1/schema", get(schema))
        .route("/v1/users", get(users))
        .route("/v1/items", get(items))
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(app.clone(), limits::guard))
        .layer(limit)
        .with_state(app)
}

async fn recommend(
    State(app): State<Arc<App>>,
    Extension(open): Working,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Problem> {
    content(&headers, false)?;
    let ask = body::recommend(&bytes)?;
    let reply = work(&app, open, move |service| service.recommend(&ask)).await?;
    app.metrics.answer(&reply.took_ms);
    Ok(Json(reply).into_response())
}

async fn rank(
    State(app): State<Arc<App>>,
    Extension(open): Working,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Problem> {
    content(&headers, false)?;
    let ask = body::rank(&bytes)?;
    let reply = work(&app, open, move |service| service.rank(&ask)).await?;
    app.metrics.answer(&reply.took_ms);
    Ok(Json(reply).into_response())
}

async fn events(
    State(app): State<Arc<App>>,
    Extension(open): Working,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Problem> {
    let lines = content(&headers, true)?;
    let events = body::events(&bytes, lines).inspect_err(|_| app.metrics.refused(1))?;
    let count = events.len() as u64;
    let taken = work(&app, open, move |service| service.events(events)).await;
    let taken = taken.inspect_err(|_| app.metrics.refused(count))?;
    app.metrics.taken(taken);
    Ok(Json(taken).into_response())
}

async fn schema(State(app): State<Arc<App>>, Extension(open): Working) -> Result<Json<Value>, Problem> {
    work(&app, open, |service| service.schema()).await.map(Json)
}

async fn users(
    State(app): State<Arc<App>>,
    Extension(open): Working,
    asked: Asked,
) -> Result<Response, Problem> {
    list(&app, open, asked, "users", Service::users).await
}

async fn items(
    State(app): State<Arc<App>>,
    Extension(open): Working,
    asked: Asked,
) -> Result<Response, Problem> {
    list(&app, open, asked, "items", Service::items).await
}

async fn report(State(app): State<Arc<App>>) -> Response {
    if app.pages.report.is_empty() {
        return Redirect::temporary("/playground").into_response();
    }
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], app.pages.report.clone()).into_response()
}

async fn playground() -> Response {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], PLAYGROUND).into_response()
}

async fn healthz() -> Json<Value> {
    Json(json!({"status": "alive"}))
}

async fn readyz(State(app): State<Arc<App>>) -> Result<Json<Value>, Problem> {
    match app.service.unready() {
        Some(why) => Err(Problem::later("not-ready", why)),
        None => Ok(Json(json!({"status": "ready", "version": app.service.version()}))),
    }
}

async fn metrics(State(app): State<Arc<App>>) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, app.metrics.text(&app.service)).into_response()
}

async fn unknown() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not-found", "there is nothing at this address")
}

async fn wrong_method() -> Problem {
    let detail = "this address does not take this method";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "wrong-method", detail)
}

async fn list(
    app: &App,
    open: Arc<Open>,
    asked: Asked,
    name: &'static str,
    find: fn(&Service, &str, usize) -> Result<Listing, Refusal>,
) -> Result<Response, Problem> {
    let Query(asked) = asked.map_err(|rejection| Invalid::new("bad-query", "", rejection.body_text()))?;
    let keys = asked.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))).collect();
    Invalid::unknown_keys(&keys, &["limit", "q"], "")?;
    let limit = match asked.get("limit").map(|limit| limit.parse::<usize>()) {
        None => LISTED,
        Some(Ok(limit)) if (1..=MOST_ITEMS).contains(&limit) => limit,
        Some(_) => {
            let detail = format!("`limit` must be a whole number from 1 to {MOST_ITEMS}");
            return Err(Invalid::new("out-of-range", "limit", detail).into());
        }
    };
    let query = asked.get("q").cloned().unwrap_or_default();
    let Listing { total, list } = work(app, open, move |service| find(service, &query, limit)).await?;
    Ok(Json(json!({"total": total, name: list})).into_response())
}

/// Runs what computes, or waits for the disk, beside the threads that talk to clients.
async fn work<T: Serialize + Send + 'static>(
    app: &App,
    open: Arc<Open>,
    run: impl FnOnce(&Service) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Problem> {
    let service = app.service.clone();
    let done = tokio::task::spawn_blocking(move || {
        let _open = open;
        run(&service)
    });
    match done.await {
        Ok(result) => result.map_err(Problem::from),
        Err(_) => {
            let detail = "answering went wrong inside the server";
            Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail))
        }
    }
}

/// Whether the body is JSON Lines (where `lines` allows it) rather than JSON. What other sites can make a
/// browser send without asking us, such as a form, is refused.
fn content(headers: &HeaderMap, lines: bool) -> Result<bool, Problem> {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "application/json" => Ok(false),
        "application/x-ndjson" | "application/jsonl" if lines => Ok(true),
        _ => {
            let detail = match lines {
                true => "the content type must be application/json or application/x-ndjson",
                false => "the content type must be application/json",
            };
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            Err(Problem::new(status, "content-type", detail))
        }
    }
}
