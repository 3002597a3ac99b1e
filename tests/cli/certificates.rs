//! Private certificates with the real CLI: which are accepted, and the diagnostics for the others.
//!
//! `mock-ecs --tls` creates its own certificate. The other certificates are presented by a TLS server of the tests in
//! front of a mock without TLS.

use std::{fs, sync::Arc, thread};

use base64::{Engine, prelude::BASE64_STANDARD};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::{ServerConfig, crypto::ring, pki_types::PrivatePkcs8KeyDer};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    runtime::Builder,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    Test,
    cli::Cli,
    workspace::{Finished, Mock, Workspace},
};

/// The tests of this module.
pub const TESTS: &[Test] = tests![
    a_ca_file_that_cannot_be_used_is_an_error_at_plan,
    an_expired_or_mismatched_certificate_is_explained,
    a_self_signed_certificate_marked_as_authority_is_accepted,
    ca_certificate_file_by_argument_and_by_variable,
    insecure_never_concerns_sts,
    insecure_warns_at_every_plan,
];

const ROLE: &str = "acs:ram::1234567890123456:role/reader";

/// A mock behind a TLS server with its own certificate.
struct Front {
    mock: Mock,
    url: String,
    /// The certificate, as PEM.
    pem: String,
}

impl Front {
    /// Starts a server with a self-signed certificate for `localhost`, modified by `change`. The
    /// server ends with the test process.
    fn start(change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mock = Mock::start(&[]);
        let behind = mock.url.strip_prefix("http://").unwrap().to_owned();
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "private cloud");
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let der = params.self_signed(&key).unwrap().der().clone();
        let base64 = BASE64_STANDARD.encode(&der);
        let pem = format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n");
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![der], key.into())
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        listener.set_nonblocking(true).unwrap();
        thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(forward(listener, acceptor, behind));
        });
        Self { mock, url: format!("https://localhost:{port}"), pem }
    }

    /// A workspace that reads from the server and has its certificate in `ca.pem`.
    fn workspace(&self, cli: &Cli) -> Workspace {
        let workspace =
            Workspace::new(cli, &self.mock).with_env("ALIBABA_CLOUD_ENDPOINT_ECS", &self.url);
        workspace.write("ca.pem", &self.pem);
        workspace
    }
}

async fn forward(listener: std::net::TcpListener, acceptor: TlsAcceptor, behind: String) {
    let listener = TcpListener::from_std(listener).unwrap();
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, behind) = (acceptor.clone(), behind.clone());
        tokio::spawn(async move {
            // A client that refuses the certificate ends the handshake.
            if let Ok(mut stream) = acceptor.accept(stream).await
                && let Ok(mut onward) = TcpStream::connect(behind).await
            {
                let _ = copy_bidirectional(&mut stream, &mut onward).await;
            }
        });
    }
}

fn authority(params: &mut CertificateParams) {
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
}

/// Plans one lookup with a `provider` block of these lines.
fn plan(workspace: &Workspace, provider: &str) -> Finished {
    workspace.main(&format!(
        "provider \"alicloud\" {{\n{provider}\n}}\n\
         data \"alicloud_images\" \"all\" {{\n  owners = \"system\"\n  architecture = \"i386\"\n}}\n\
         output \"count\" {{\n  value = length(data.alicloud_images.all.ids)\n}}\n"
    ));
    workspace.plan()
}

const CA_FILE: &str = "ca_certificate_file = \"ca.pem\"";

fn ca_certificate_file_by_argument_and_by_variable(cli: &Cli) {
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("ca.pem");
    let certificate = certificate.to_str().unwrap();
    let mock = Mock::start(&["--tls-certificate", certificate]);
    let workspace = || Workspace::new(cli, &mock);
    plan(&workspace(), "")
        .failed()
        .says("TLS certificate or handshake refused")
        .says("is not among the trusted certificates")
        .says("ca_certificate_file");
    plan(&workspace(), &format!("ca_certificate_file = {certificate:?}")).succeeded();
    for name in ["ALIBABA_CLOUD_CA_BUNDLE", "SSL_CERT_FILE"] {
        plan(&workspace().with_env(name, certificate), "").succeeded();
    }
}

fn a_self_signed_certificate_marked_as_authority_is_accepted(cli: &Cli) {
    let front = Front::start(authority);
    plan(&front.workspace(cli), "")
        .failed()
        .says("is one of a certificate authority, which is accepted only if that certificate");
    plan(&front.workspace(cli), CA_FILE).succeeded().says("Changes to Outputs");
    // This includes STS, so every call of the run.
    let workspace = front.workspace(cli).with_env("ALIBABA_CLOUD_STS_ENDPOINT", &front.url);
    let role = format!("{CA_FILE}\nassume_role {{\n  role_arn = {ROLE:?}\n}}");
    plan(&workspace, &role).succeeded();
    assert_eq!(front.mock.calls("AssumeRole").len(), 1);
}

fn an_expired_or_mismatched_certificate_is_explained(cli: &Cli) {
    let name = Front::start(|params| {
        authority(params);
        params.subject_alt_names =
            CertificateParams::new(["ecs.private.example".to_owned()]).unwrap().subject_alt_names;
    });
    plan(&name.workspace(cli), CA_FILE)
        .failed()
        .says("the server's certificate is not for localhost: it is for ecs.private.example");
    let expired = Front::start(|params| {
        authority(params);
        params.not_after = date_time_ymd(2001, 2, 3);
    });
    plan(&expired.workspace(cli), CA_FILE)
        .failed()
        .says("the server's certificate expired at 2001-02-03T00:00:00Z");
    for front in [name, expired] {
        assert!(front.mock.calls("DescribeImages").is_empty());
    }
}

fn a_ca_file_that_cannot_be_used_is_an_error_at_plan(cli: &Cli) {
    let front = Front::start(authority);
    let workspace = front.workspace(cli);
    workspace.write("ca.pem", "no certificate\n");
    plan(&workspace, CA_FILE)
        .failed()
        .says("Invalid provider argument")
        .says("`ca_certificate_file` cannot be used: ca.pem contains no certificate")
        .says("on main.tf line");
    fs::remove_file(workspace.path("work/ca.pem")).unwrap();
    plan(&workspace, CA_FILE).failed().says("ca.pem cannot be read");
    plan(&workspace.with_env("ALIBABA_CLOUD_CA_BUNDLE", "ca.pem"), "")
        .failed()
        .says("The environment variable `ALIBABA_CLOUD_CA_BUNDLE` cannot be used");
}

fn insecure_warns_at_every_plan(cli: &Cli) {
    let front = Front::start(|params| params.not_after = date_time_ymd(2001, 2, 3));
    let workspace = front.workspace(cli);
    for _ in 0..2 {
        plan(&workspace, "insecure = true")
            .succeeded()
            .says("Warning: Certificates are not verified")
            .says("STS, OIDC, CloudSSO and a credentials URI are still verified");
    }
    let text = plan(&workspace, "insecure = false").failed().text();
    assert!(!text.contains("not verified"), "{text}");
}

fn insecure_never_concerns_sts(cli: &Cli) {
    let front = Front::start(authority);
    let workspace = front
        .workspace(cli)
        .with_env("ALIBABA_CLOUD_STS_ENDPOINT", &front.url)
        .with_env("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true");
    let role = format!("insecure = true\nassume_role {{\n  role_arn = {ROLE:?}\n}}");
    plan(&workspace, &role)
        .failed()
        .says("Credential source failed")
        .says("is one of a certificate authority");
    let uri = format!("insecure = true\ncredentials_uri = \"{}/credentials\"", front.url);
    let workspace = workspace.without_env("ALICLOUD_ACCESS_KEY").without_env("ALICLOUD_SECRET_KEY");
    plan(&workspace, &uri).failed().says("is one of a certificate authority");
    assert!(front.mock.calls("AssumeRole").is_empty());
    assert!(front.mock.calls("CredentialsUri").is_empty());
}
