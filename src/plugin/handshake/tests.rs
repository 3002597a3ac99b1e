use std::path::PathBuf;

use rustls::pki_types::CertificateDer;

use super::{Address, COOKIE, Error, Handshake, ProtocolVersion, Socket, reattach_line};
use crate::ctx::fixed::FixedEnv;

fn env(variables: &[(&str, &str)]) -> FixedEnv {
    [COOKIE].iter().chain(variables).copied().collect()
}

fn protocol(offered: &[(&str, &str)]) -> ProtocolVersion {
    Handshake::read(&env(offered)).unwrap().protocol
}

#[test]
fn the_served_version_is_that_of_the_proto_file() {
    for (protocol, text) in [
        (ProtocolVersion::V5, include_str!("../../../proto/tfplugin5.proto")),
        (ProtocolVersion::V6, include_str!("../../../proto/tfplugin6.proto")),
    ] {
        let first = format!("// Terraform plugin protocol, version {}.", protocol.version());
        assert_eq!(text.lines().next(), Some(first.as_str()));
    }
}

#[test]
fn without_the_cookie_there_is_no_host() {
    let none = FixedEnv::default();
    assert_eq!(Handshake::read(&none), Err(Error::NoHost));
    let wrong: FixedEnv = [(COOKIE.0, "yes")].into_iter().collect();
    assert_eq!(Handshake::read(&wrong), Err(Error::NoHost));
}

#[test]
fn the_newest_common_version_is_chosen() {
    for offered in ["5,6", "6,5", "6", " 6 , 5", "7,6", "x,6", "4,5,6,7", ",6"] {
        assert_eq!(
            protocol(&[("PLUGIN_PROTOCOL_VERSIONS", offered)]),
            ProtocolVersion::V6,
            "{offered}"
        );
    }
    assert_eq!(protocol(&[("PLUGIN_PROTOCOL_VERSIONS", "4,5")]), ProtocolVersion::V5);
}

#[test]
fn without_a_common_version_the_oldest_is_chosen() {
    assert_eq!(protocol(&[]), ProtocolVersion::V5);
    for offered in ["", "4", "7", "66", "six", "6.0", "-6"] {
        assert_eq!(
            protocol(&[("PLUGIN_PROTOCOL_VERSIONS", offered)]),
            ProtocolVersion::V5,
            "{offered}"
        );
    }
}

#[test]
fn the_line_has_six_fields_with_and_without_a_certificate() {
    let handshake = Handshake::read(&env(&[("PLUGIN_PROTOCOL_VERSIONS", "5,6")])).unwrap();
    let unix = Address::Unix("/tmp/plugin1".to_owned());
    let tcp = Address::Tcp(([127, 0, 0, 1], 12345).into());
    assert_eq!(handshake.line(&unix, None), "1|6|unix|/tmp/plugin1|grpc|");
    // Standard alphabet, no padding.
    let certificate = CertificateDer::from(vec![0xfb, 0xff, 0xfe, 0x01]);
    assert_eq!(handshake.line(&tcp, Some(&certificate)), "1|6|tcp|127.0.0.1:12345|grpc|+//+AQ");
}

#[test]
fn the_seventh_field_is_sent_only_on_request() {
    let unix = Address::Unix("/tmp/plugin1".to_owned());
    for (asked, line) in [
        ("", "1|5|unix|/tmp/plugin1|grpc|"),
        ("true", "1|5|unix|/tmp/plugin1|grpc||false"),
        ("1", "1|5|unix|/tmp/plugin1|grpc||false"),
    ] {
        let handshake = Handshake::read(&env(&[("PLUGIN_MULTIPLEX_GRPC", asked)])).unwrap();
        assert_eq!(handshake.line(&unix, None), line, "{asked:?}");
    }
}

#[test]
fn an_unreadable_certificate_is_an_error() {
    for pem in ["x", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
        let read = Handshake::read(&env(&[("PLUGIN_CLIENT_CERT", pem)]));
        assert_eq!(read, Err(Error::InvalidCertificate), "{pem}");
    }
    let pem = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n";
    let handshake = Handshake::read(&env(&[("PLUGIN_CLIENT_CERT", pem)])).unwrap();
    assert_eq!(handshake.host_certificate, Some(vec![1, 2, 3].into()));
    assert_eq!(Handshake::read(&env(&[])).unwrap().host_certificate, None);
}

#[test]
fn the_socket_is_in_the_folder_that_the_host_names() {
    let asked = Socket::read(&env(&[
        ("PLUGIN_UNIX_SOCKET_DIR", "/run/host"),
        ("TMPDIR", "/var/tmp"),
        ("PLUGIN_UNIX_SOCKET_GROUP", "staff"),
        ("PLUGIN_MIN_PORT", "10000"),
        ("PLUGIN_MAX_PORT", "25000"),
    ]));
    let expected = Socket {
        folders: vec!["/run/host".into()],
        variable: "PLUGIN_UNIX_SOCKET_DIR",
        group: Some("staff".into()),
        ports: 10000..=25000,
    };
    assert_eq!(asked, expected);
}

#[test]
fn without_a_folder_from_the_host_the_socket_is_in_the_temporary_folder() {
    let read = |variables: &[(&str, &str)]| Socket::read(&env(variables));
    let nothing = read(&[]);
    assert_eq!(
        (nothing.folders, nothing.variable, nothing.group),
        (vec!["/tmp".into()], "TMPDIR", None)
    );
    let temporary = read(&[("PLUGIN_UNIX_SOCKET_DIR", ""), ("TMPDIR", "/var/t")]);
    assert_eq!(temporary.folders, ["/var/t", "/tmp"].map(PathBuf::from));
    assert_eq!(read(&[("TMPDIR", "/tmp")]).folders, [PathBuf::from("/tmp")]);
    for (min, max) in [("25000", "10000"), ("x", "10000"), ("1", "99999"), ("", "")] {
        let read = read(&[("PLUGIN_MIN_PORT", min), ("PLUGIN_MAX_PORT", max)]);
        assert_eq!(read.ports, 0..=0, "{min} {max}");
    }
}

#[test]
fn the_reattach_line_is_quoted_for_any_path() {
    let address = Address::Unix("/tmp/it's here/plugin1".to_owned());
    assert_eq!(
        reattach_line("registry.terraform.io/acme/cloud", ProtocolVersion::V5, 7, &address),
        concat!(
            r#"TF_REATTACH_PROVIDERS='{"registry.terraform.io/acme/cloud":{"#,
            r#""Addr":{"Network":"unix","String":"/tmp/it'\''s here/plugin1"},"#,
            r#""Pid":7,"Protocol":"grpc","ProtocolVersion":5,"Test":true}}'"#
        )
    );
}
