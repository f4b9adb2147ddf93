//! The HTTP server: routes over a service, its limits, and an orderly end.

mod body;
mod limits;
mod metrics;
mod problem;
mod routes;

use std::future::{Future, IntoFuture};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rankine::serve::{Clock, Service};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::interview::web::{self, Hall};
use crate::signals::Signals;
use metrics::Metrics;

/// Where to listen, and how much to bear.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address; port 0 takes any free one.
    pub addr: SocketAddr,
    /// Requests worked on at a time; more are told to come back.
    pub open_requests: usize,
    /// The longest that reading a body, and then answering, may each take.
    pub timeout: Duration,
    /// The largest body, in bytes.
    pub body: usize,
    /// How long open requests may take once the server stops.
    pub drain: Duration,
}

impl Options {
    /// The usual limits: 256 open requests, 10 seconds, 1 MiB.
    pub fn new(addr: SocketAddr) -> Options {
        let ten = Duration::from_secs(10);
        Options { addr, open_requests: 256, timeout: ten, body: 1 << 20, drain: ten }
    }
}

/// Pages that come from elsewhere.
#[derive(Debug, Clone, Default)]
pub struct Pages {
    /// What `/` shows, as HTML; where it is empty, `/` leads to the playground.
    pub report: Vec<u8>,
    /// Where interviews are kept that are held at `/interview`; none are held where nothing is said.
    pub interviews: Option<PathBuf>,
}

/// What every route knows.
struct App {
    service: Arc<Service>,
    pages: Pages,
    options: Options,
    metrics: Metrics,
}

/// Serves until the process is told to end (ctrl-C, and SIGTERM or SIGHUP where there are such). `bound` is told the
/// address once connections are taken; the service warms up meanwhile.
///
/// # Errors
/// Where the address cannot be listened on.
pub async fn serve(
    options: Options,
    service: Arc<Service>,
    pages: Pages,
    bound: impl FnOnce(SocketAddr),
) -> io::Result<()> {
    serve_until(options, service, pages, bound, told_to_end()?).await
}

/// As [`serve`], until `stop` is over: then no connection is taken any more, and open requests are finished
/// as long as [`Options::drain`] allows.
///
/// # Errors
/// Where the address cannot be listened on.
pub async fn serve_until(
    options: Options,
    service: Arc<Service>,
    pages: Pages,
    bound: impl FnOnce(SocketAddr),
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let listener = TcpListener::bind(options.addr).await?;
    bound(listener.local_addr()?);
    let drain = options.drain;
    let warming = service.clone();
    tokio::task::spawn_blocking(move || warming.warm_up());
    let hall = pages.interviews.clone().map(|folder| web::router(Arc::new(Hall::new(folder))));
    let router = routes::router(Arc::new(App { service, pages, options, metrics: Metrics::default() }));
    // An interview executes for seconds: the limits of requests are not its own.
    let router = hall.into_iter().fold(router, axum::Router::merge);
    let stopped = Arc::new(Notify::new());
    let stopping = stopped.clone();
    let server = axum::serve(listener, router).with_graceful_shutdown(async move {
        stop.await;
        stopping.notify_one();
    });
    let patience = async {
        stopped.notified().await;
        tokio::time::sleep(drain).await;
    };
    tokio::select! {
        ended = server.into_future() => ended,
        () = patience => Ok(()),
    }
}

/// Serves pages alone, at `/interview` and what leads there, until the process is told to end.
///
/// # Errors
/// Where the address cannot be listened on.
pub(crate) async fn pages(
    address: SocketAddr,
    pages: axum::Router,
    bound: impl FnOnce(SocketAddr),
) -> io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    bound(listener.local_addr()?);
    let away = axum::routing::get(|| async { axum::response::Redirect::to("/interview") });
    let router = axum::Router::new().route("/", away).merge(pages);
    axum::serve(listener, router).with_graceful_shutdown(told_to_end()?).await
}

/// The system's clock, for a service.
pub fn clock() -> Clock {
    Box::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

fn told_to_end() -> io::Result<impl Future<Output = ()> + Send> {
    let mut signals = Signals::listen()?;
    Ok(async move {
        signals.next().await;
    })
}
