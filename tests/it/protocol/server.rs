//! A plugin server inside the test process, with a given environment and a captured handshake line.

use std::{error::Error, io, sync::Arc};

use tempfile::TempDir;
use terraform_provider_alicloud::{
    ctx::fixed::{Fixed, FixedEnv},
    plugin::{self, About, Ending},
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use super::fake::Fake;
use crate::support::client::{Client, Identity, Line};

pub(super) const ABOUT: About =
    About { address: "registry.terraform.io/acme/fake", name: "fake", version: "1.2.3" };

/// A running server.
pub(super) struct Served {
    /// Its handshake.
    pub(super) line: Line,
    /// The identity that it expects from its host.
    pub(super) identity: Option<Identity>,
    /// Its provider.
    pub(super) provider: Fake,
    /// The folder of its socket.
    pub(super) folder: TempDir,
    /// Shuts it down.
    pub(super) end: oneshot::Sender<Ending>,
    /// Its result.
    pub(super) ended: JoinHandle<Result<Ending, plugin::Error>>,
}

impl Served {
    /// Starts one for a host that offers these protocol versions and mutual TLS.
    pub(super) async fn start(versions: &str) -> Self {
        let identity = Identity::generate().unwrap();
        Self::start_with(&[("PLUGIN_PROTOCOL_VERSIONS", versions)], Some(identity)).await
    }

    /// Starts one with these variables and those that every host sets.
    pub(super) async fn start_with(variables: &[(&str, &str)], identity: Option<Identity>) -> Self {
        Self::try_start(variables, identity).await.unwrap()
    }

    /// Tries to start one; the error has the text of its causes.
    pub(super) async fn try_start(
        variables: &[(&str, &str)],
        identity: Option<Identity>,
    ) -> Result<Self, String> {
        let folder = tempfile::tempdir().unwrap();
        let mut env = vec![
            (
                "TF_PLUGIN_MAGIC_COOKIE".to_owned(),
                "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2".to_owned(),
            ),
            ("TMPDIR".to_owned(), folder.path().to_str().unwrap().to_owned()),
        ];
        env.extend(identity.iter().map(|host| ("PLUGIN_CLIENT_CERT".to_owned(), host.pem())));
        env.extend(variables.iter().map(|(name, value)| ((*name).into(), (*value).into())));

        let env: FixedEnv = env.into_iter().collect();
        let fixed = Fixed { env: Arc::new(env), ..Fixed::default() };
        let ctx = fixed.ctx();
        let provider = Fake::default();
        let (end, ending) = oneshot::channel();
        let (stdout, mut lines) = mpsc::unbounded_channel();
        let served = provider.clone();
        let new_provider = Arc::new(move || served.connect());
        let ended = tokio::spawn(async move {
            let end = async { ending.await.unwrap_or(Ending::Terminated) };
            plugin::serve(&ABOUT, new_provider, &ctx, Stdout(stdout), end).await
        });

        let mut line = Vec::new();
        while line.last() != Some(&b'\n') {
            let Some(more) = lines.recv().await else {
                let error = ended.await.unwrap().unwrap_err();
                let cause = error.source().map(ToString::to_string).unwrap_or_default();
                return Err(format!("{error}: {cause}"));
            };
            line.extend(more);
        }
        let line = String::from_utf8(line).unwrap().parse().unwrap();
        Ok(Self { line, identity, provider, folder, end, ended })
    }

    /// Connects to it as its host.
    pub(super) async fn connect(&self) -> Client {
        Client::connect(&self.line, self.identity.as_ref()).await.unwrap()
    }
}

struct Stdout(mpsc::UnboundedSender<Vec<u8>>);

impl io::Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes.to_vec()).map_err(|_| io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
