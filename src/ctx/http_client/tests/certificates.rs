//! Which certificates of real TLS servers are accepted, and the errors for the others.

use base64::{Engine, prelude::BASE64_STANDARD};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, date_time_ymd,
};
use rustls::{
    SupportedProtocolVersion,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer},
    sign::{CertifiedKey, SingleCertAndKey},
    version::{TLS12, TLS13},
};

use super::*;

/// A certificate for `localhost`, changed by `change`.
fn certificate(change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    let mut made = CertificateParams::new(["localhost".to_owned()]).unwrap();
    made.distinguished_name.push(DnType::CommonName, "the server");
    change(&mut made);
    made
}

/// A certificate that is marked as a certificate authority.
fn authority(change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    certificate(|made| {
        made.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        change(made);
    })
}

/// A TLS server that shows a self-signed certificate made from `params`, which is returned.
async fn tls_server(params: CertificateParams) -> (String, CertificateDer<'static>) {
    let key = KeyPair::generate().unwrap();
    let shown = params.self_signed(&key).unwrap().der().clone();
    (serving(shown.clone(), &key).await, shown)
}

/// A TLS server that shows `certificate`.
async fn serving(certificate: CertificateDer<'static>, key: &KeyPair) -> String {
    serving_over(rustls::DEFAULT_VERSIONS, certificate, key).await
}

/// A TLS server with these versions that presents `certificate` and signs with `key`, which need
/// not be that of the certificate.
async fn serving_over(
    versions: &[&'static SupportedProtocolVersion],
    certificate: CertificateDer<'static>,
    key: &KeyPair,
) -> String {
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = provider.key_provider.load_private_key(key.into()).unwrap();
    let shown = Arc::new(SingleCertAndKey::from(CertifiedKey::new(vec![certificate], key)));
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(shown);
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let address = server(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                answer(stream, b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".to_vec()).await;
            }
        }
    })
    .await;
    address.replace("127.0.0.1", "localhost")
}

fn trusting(certificate: &CertificateDer<'static>) -> TlsSettings {
    TlsSettings { certificates: Arc::new([certificate.clone()]), insecure: false }
}

fn insecure() -> TlsSettings {
    TlsSettings { insecure: true, ..TlsSettings::default() }
}

/// Sends a request with these settings; the cause of the failure, if it fails.
async fn send(client: &HttpClient, address: &str, tls: TlsSettings) -> Result<u16, String> {
    let request = Request { tls, ..post(&format!("https://{address}/")) };
    client.send(request).await.map(|response| response.status().as_u16()).map_err(|error| {
        assert_eq!(error.kind, ErrorKind::Tls, "{error}");
        error.cause
    })
}

#[tokio::test]
async fn a_trusted_self_signed_certificate_is_accepted_with_or_without_the_ca_flag() {
    for params in [certificate(|_| {}), authority(|_| {})] {
        let (address, shown) = tls_server(params).await;
        let client = client_in(&[]);
        let error = send(&client, &address, TlsSettings::default()).await.unwrap_err();
        assert!(error.contains("certificate"), "{error}");
        assert_eq!(send(&client, &address, trusting(&shown)).await, Ok(200));
        // Another authority of the same name is another certificate.
        let (_, other) = tls_server(authority(|_| {})).await;
        send(&client, &address, trusting(&other)).await.unwrap_err();
    }
}

#[tokio::test]
async fn a_ca_certificate_of_a_server_must_have_the_right_name_time_and_purpose() {
    let other_name = authority(|made| {
        made.subject_alt_names =
            CertificateParams::new(["other.example".to_owned()]).unwrap().subject_alt_names;
    });
    let expired = authority(|made| made.not_after = date_time_ymd(2001, 2, 3));
    let future = authority(|made| made.not_before = date_time_ymd(2999, 2, 3));
    let client_only = authority(|made| {
        made.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    for (params, expected) in [
        (other_name, "is not for localhost: it is for other.example"),
        (expired, "expired at 2001-02-03T00:00:00Z; the clock of this machine says 2"),
        (future, "is not valid before 2999-02-03T00:00:00Z; the clock of this machine says 2"),
        (client_only, "its extended key usage lacks serverAuth"),
    ] {
        let (address, shown) = tls_server(params).await;
        let error = send(&client_in(&[]), &address, trusting(&shown)).await.unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn the_fault_of_a_certificate_is_reported() {
    let names = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        certificate(|made| {
            made.subject_alt_names = CertificateParams::new(names).unwrap().subject_alt_names;
        })
    };
    for (params, trusted, expected) in [
        (
            certificate(|_| {}),
            false,
            "is self-signed, by \"CN=the server\", and is not among the trusted certificates",
        ),
        (
            names(&["a.example", "*.b.example", "10.0.0.1", "::1"]),
            true,
            "is not for localhost: it is for a.example, *.b.example, 10.0.0.1, ::1",
        ),
        (
            names(&["1.x", "2.x", "3.x", "4.x", "5.x", "6.x", "7.x"]),
            true,
            "it is for 1.x, 2.x, 3.x, 4.x, 5.x and 2 more",
        ),
        (names(&[]), true, "the common name is not used (\"CN=the server\")"),
        (
            certificate(|made| made.not_after = date_time_ymd(2001, 2, 3)),
            true,
            "expired at 2001-02-03T00:00:00Z",
        ),
        (
            authority(|_| {}),
            false,
            "of \"CN=the server\", is one of a certificate authority, which is accepted only if",
        ),
        (
            certificate(|made| {
                made.distinguished_name.push(DnType::CommonName, "red\u{1b}[31m");
            }),
            false,
            "by \"CN=red\\1b[31m\"",
        ),
    ] {
        let (address, shown) = tls_server(params).await;
        let tls = if trusted { trusting(&shown) } else { TlsSettings::default() };
        let error = send(&client_in(&[]), &address, tls).await.unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn an_unknown_issuer_is_reported_and_accepted_after_it_is_trusted() {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "Corporate Proxy");
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let shown = certificate(|_| {}).signed_by(&key, &issuer).unwrap();
    let address = serving(shown.der().clone(), &key).await;
    let client = client_in(&[]);
    let error = send(&client, &address, TlsSettings::default()).await.unwrap_err();
    assert!(error.contains("issued by \"CN=Corporate Proxy\", which is not trusted"), "{error}");
    assert_eq!(send(&client, &address, trusting(issuer.der())).await, Ok(200));
}

#[tokio::test]
async fn insecure_accepts_every_certificate_for_its_own_requests_only() {
    let expired = authority(|made| made.not_after = date_time_ymd(2001, 2, 3));
    let (address, shown) = tls_server(expired).await;
    let client = client_in(&[]);
    for _ in 0..2 {
        assert_eq!(send(&client, &address, insecure()).await, Ok(200));
        // The connection that is open already belongs to the other settings.
        send(&client, &address, TlsSettings::default()).await.unwrap_err();
        send(&client, &address, trusting(&shown)).await.unwrap_err();
    }
}

#[tokio::test]
async fn insecure_does_not_apply_to_an_https_proxy() {
    let (address, _) = tls_server(certificate(|_| {})).await;
    // The host of the proxy may be written in any form.
    for host in ["localhost", "127.1", "[::ffff:127.0.0.1]"] {
        let proxy = address.replace("localhost", host);
        let client = client_in(&[("HTTPS_PROXY", &format!("https://user:hush@{proxy}"))]);
        let request = Request { tls: insecure(), ..post("https://ecs.invalid/") };
        let error = client.send(request).await.err().unwrap();
        assert!(error.cause.contains("is self-signed"), "{host}: {error}");
    }
}

#[tokio::test]
async fn the_handshake_must_be_signed_by_the_key_of_the_certificate() {
    let other_key = KeyPair::generate().unwrap();
    let mut accepted = Vec::new();
    for version in [&TLS12, &TLS13] {
        for (case, params) in [("own", certificate(|_| {})), ("authority", authority(|_| {}))] {
            let key = KeyPair::generate().unwrap();
            let shown = params.self_signed(&key).unwrap().der().clone();
            let right = serving_over(&[version], shown.clone(), &key).await;
            let forged = serving_over(&[version], shown.clone(), &other_key).await;
            for tls in [trusting(&shown), insecure()] {
                let insecure = tls.insecure;
                let client = client_in(&[]);
                assert_eq!(send(&client, &right, tls.clone()).await, Ok(200));
                match send(&client, &forged, tls).await {
                    Ok(_) => accepted.push((case, version.version, insecure)),
                    Err(cause) => assert!(cause.contains("BadSignature"), "{cause}"),
                }
            }
        }
    }
    assert_eq!(accepted, []);
}

fn pem(certificate: &CertificateDer<'_>) -> String {
    let base64 = BASE64_STANDARD.encode(certificate);
    format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n")
}

#[tokio::test]
async fn certificates_of_ssl_cert_file_are_trusted_as_well() {
    for params in [certificate(|_| {}), authority(|_| {})] {
        let (address, certificate) = tls_server(params).await;
        let env: FixedEnv = [("SSL_CERT_FILE", "/own.pem")].into_iter().collect();
        let files = FixedFiles::default();
        files.insert("/own.pem", pem(&certificate));
        let client = HttpClient::new(Arc::new(env), Arc::new(files));
        assert_eq!(send(&client, &address, TlsSettings::default()).await, Ok(200));
    }
}

#[tokio::test]
async fn ssl_cert_dir_adds_to_the_certificates_of_the_system() {
    let params = authority(|_| {});
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let shown = certificate(|_| {}).signed_by(&key, &issuer).unwrap();
    let address = serving(shown.der().clone(), &key).await;
    let files = Arc::new(FixedFiles::default());
    files.insert("/etc/ssl/certs/ca-certificates.crt", pem(issuer.der()));
    for (folder, is_trusted) in [("/own", true), ("", false)] {
        let env: FixedEnv = [("SSL_CERT_DIR", folder)].into_iter().collect();
        let client = HttpClient::new(Arc::new(env), files.clone());
        assert_eq!(send(&client, &address, TlsSettings::default()).await.is_ok(), is_trusted);
    }
}

#[tokio::test]
async fn an_unusable_certificate_file_is_reported() {
    let files = Arc::new(FixedFiles::default());
    files.insert("/empty.pem", "nothing here");
    files.insert("/broken.pem", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n");
    for (path, reason) in [
        ("/none.pem", "cannot be read"),
        ("/empty.pem", "contains no certificate"),
        ("/broken.pem", "is not valid PEM"),
    ] {
        let env: FixedEnv = [("SSL_CERT_FILE", path)].into_iter().collect();
        let client = HttpClient::new(Arc::new(env), files.clone());
        let error = send(&client, "localhost:1", TlsSettings::default()).await.unwrap_err();
        assert!(error.contains(&format!("SSL_CERT_FILE: {path} {reason}")), "{error}");
    }
}

/// Files whose reads never complete, like a FIFO without a writer.
struct Silent;

impl Files for Silent {
    fn read<'a>(
        &'a self,
        _: &'a std::path::Path,
        _: u64,
    ) -> BoxFuture<'a, std::io::Result<zeroize::Zeroizing<Vec<u8>>>> {
        Box::pin(std::future::pending())
    }

    fn read_blocking(&self, _: &std::path::Path, _: u64) -> std::io::Result<Vec<u8>> {
        unreachable!("nothing here reads so")
    }

    fn replace<'a>(
        &'a self,
        _: &'a std::path::Path,
        _: Vec<u8>,
    ) -> BoxFuture<'a, std::io::Result<()>> {
        unreachable!("nothing here writes")
    }
}

#[tokio::test(start_paused = true)]
async fn a_certificate_file_that_never_ends_times_out() {
    let env: FixedEnv = [("SSL_CERT_FILE", "/fifo")].into_iter().collect();
    let client = HttpClient::new(Arc::new(env), Arc::new(Silent));
    let begun = tokio::time::Instant::now();
    let error = send(&client, "localhost:1", TlsSettings::default()).await.unwrap_err();
    assert!(error.contains("the file system did not respond"), "{error}");
    assert_eq!(begun.elapsed(), Duration::from_secs(10));
}
