//! A running server: its thread, its listener, and its handle.
//!
//! The server has a thread and a runtime of its own, so tests start it from synchronous and from
//! asynchronous code.

mod guard;
mod http;
mod wire;

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::{
    sync::{Semaphore, oneshot},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use self::{
    guard::Guard,
    http::serve_connection,
    wire::{Stream, Wire},
};
use super::{
    account::{self, AccountError},
    backend::Backend,
    catalog::LoadError,
    config::Config,
    fault::{Rule, RuleError},
    journal::Journal,
    keys,
    message::Connection,
    scenario::{Mismatches, Replay},
};

/// How long a TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait if the system cannot accept another connection.
const CROWDED: Duration = Duration::from_millis(50);

/// The reason that a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Two accounts cannot be distinguished.
    #[error("--account: {0}")]
    Accounts(#[from] AccountError),
    /// The images cannot be loaded.
    #[error(transparent)]
    Images(#[from] LoadError),
    /// The system has no thread or no event queue left.
    #[error("cannot start the server's thread")]
    Thread(#[source] io::Error),
    /// No certificate could be made.
    #[error("cannot speak TLS")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A running server. It ends, and frees its port, when dropped.
///
/// It has its own thread and runtime: it can be started anywhere, and a test that advances tokio's
/// clock does not affect it.
pub struct Server {
    url: String,
    address: SocketAddr,
    certificate: Option<String>,
    backend: Arc<Backend>,
    /// Dropped first, which ends the thread.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server. When this returns, it accepts connections.
    ///
    /// # Errors
    ///
    /// When two accounts have the same name, ID or access key, the images cannot be loaded, the server cannot listen
    /// on the address, or the system cannot create a thread.
    pub fn start(config: Config) -> Result<Self, Error> {
        account::check(&config.accounts)?;
        let address = SocketAddr::new(config.host, config.port);
        let bind = |source| Error::Bind { address, source };
        let listener = TcpListener::bind(address).map_err(bind)?;
        listener.set_nonblocking(true).map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        let (acceptor, certificate) = if config.tls {
            let made = keys::acceptor(config.host, config.http)
                .map_err(|cause| Error::Tls(Box::new(cause)))?;
            (Some(made.0), Some(made.1))
        } else {
            (None, None)
        };
        let limits = Limits { connections: config.max_connections, write: config.write_timeout };
        let guard =
            Guard { hosts: config.allowed_hosts.clone(), token: config.admin_token.clone() };
        let backend = Arc::new(Backend::new(config)?);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::Thread)?;
        let (stop, stopped) = oneshot::channel();
        let site =
            Arc::new(Site { backend: backend.clone(), guard, large_bodies: Semaphore::new(1) });
        let run = move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = stopped => {}
                    () = accept(listener, acceptor, limits, site) => {}
                }
            });
        };
        let thread = thread::Builder::new().name("mock-ecs".into()).spawn(run);
        let scheme = if certificate.is_some() { "https" } else { "http" };
        Ok(Self {
            url: format!("{scheme}://{address}"),
            address,
            certificate,
            backend,
            stop: Some(stop),
            thread: Some(thread.map_err(Error::Thread)?),
        })
    }

    /// `http://127.0.0.1:PORT`, or the same with `https`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The URL for clients on this machine, with a loopback address instead of an address that stands for all
    /// interfaces.
    pub fn local_url(&self) -> String {
        let ip = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", SocketAddr::new(ip, self.address.port()))
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate that it created for TLS, as PEM.
    pub fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// The requests that arrived.
    pub fn journal(&self) -> Journal {
        self.backend.journal.clone()
    }

    /// Adds a fault rule in its text form, such as `page=2 times=1 do=reset`.
    ///
    /// # Errors
    ///
    /// When the rule cannot be read.
    pub fn add_fault(&self, rule: &str) -> Result<(), RuleError> {
        self.add_faults(vec![rule.parse()?]);
        Ok(())
    }

    /// Adds fault rules.
    pub fn add_faults(&self, rules: Vec<Rule>) {
        self.backend.add_faults(rules);
    }

    /// Removes all fault rules.
    pub fn clear_faults(&self) {
        self.backend.clear_faults();
    }

    /// Adds images, in any format that a fixture file may have, and returns how many.
    ///
    /// # Errors
    ///
    /// When the images cannot be read; then none is added.
    pub fn add_images(&self, json: &str) -> Result<usize, LoadError> {
        let added = self.backend.catalog().add_json("images", None, json)?;
        self.backend.record_event("images added", "");
        Ok(added)
    }

    /// How the calls so far differ from the scenario that is played back; empty without a scenario.
    pub fn mismatches(&self) -> Mismatches {
        self.backend.replay.as_ref().map(Replay::mismatches).unwrap_or_default()
    }

    /// Moves its clock ahead.
    pub fn advance(&self, by: Duration) {
        self.backend.advance(by);
    }

    /// Resets everything to its initial state: images, rules, counters, clock, journal, credentials.
    pub fn reset(&self) {
        self.backend.reset();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has already ended.
            let _ = thread.join();
        }
    }
}

/// What all connections use.
struct Site {
    backend: Arc<Backend>,
    /// Who may use the admin API.
    guard: Guard,
    /// One large body of the admin API is read at a time.
    large_bodies: Semaphore,
}

/// The limits for clients.
struct Limits {
    /// How many connections are served at a time.
    connections: usize,
    /// How long a client may read nothing.
    write: Duration,
}

/// Accepts connections until it is dropped.
async fn accept(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    limits: Limits,
    site: Arc<Site>,
) {
    // Registering a listener can fail only outside a runtime.
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let mut number = 0;
    let room = Arc::new(Semaphore::new(limits.connections.clamp(1, Semaphore::MAX_PERMITS)));
    loop {
        // The semaphore is never closed.
        let Ok(place) = room.clone().acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(CROWDED).await;
            continue;
        };
        // A connection without an address is already closed.
        let Ok(local) = stream.local_addr().map(|address| address.ip()) else { continue };
        number += 1;
        // If this fails, responses are only slower.
        let _ = stream.set_nodelay(true);
        let (acceptor, site) = (acceptor.clone(), site.clone());
        tokio::spawn(async move {
            let _place = place;
            let Some(acceptor) = acceptor else {
                let wire = Wire::new(Stream::Plain(stream), false, limits.write);
                let connection = Connection { number, tls: false, http2: false, local };
                return serve_connection(wire, connection, site).await;
            };
            if let Ok(Ok(tls)) = timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await {
                let http2 = tls.get_ref().1.alpn_protocol() == Some(keys::HTTP2);
                let wire = Wire::new(Stream::Tls(Box::new(tls)), http2, limits.write);
                let connection = Connection { number, tls: true, http2, local };
                serve_connection(wire, connection, site).await;
            }
        });
    }
}

/// A signal that asks the process to end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Signal {
    /// Ctrl-C, which the terminal sends to all programs that run in it.
    Interrupt,
    /// A signal to this process only.
    Terminate,
}

/// Watches for the signals that ask the process to end.
pub struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
}

impl Signals {
    /// Watches from now on.
    ///
    /// # Errors
    ///
    /// When the system does not allow watching.
    #[cfg(unix)]
    pub fn watch() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    /// Watches from now on.
    ///
    /// # Errors
    ///
    /// When the system does not allow watching.
    #[cfg(windows)]
    pub fn watch() -> io::Result<Self> {
        Ok(Self { interrupt: tokio::signal::windows::ctrl_c()? })
    }

    /// Waits for the next signal.
    pub async fn next(&mut self) -> Signal {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
        #[cfg(windows)]
        {
            self.interrupt.recv().await;
            Signal::Interrupt
        }
    }
}
