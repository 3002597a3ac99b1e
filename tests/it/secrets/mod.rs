//! No secret leaks into stderr, diagnostics, state or journal, even if the response repeats the
//! request.
//!
//! The built provider runs with the log level TRACE and marked secrets in each source, against the
//! mock and against a server that manipulates its responses.

mod source;
mod tap;

use std::{path::Path, process::Stdio};

use futures_util::future::join_all;
use serde_json::{Value as Json, json};
use terraform_provider_alicloud::mock::{Account, Config, Server};
use tokio::io::AsyncReadExt;

use self::{
    source::{ID, SECRET, Source},
    tap::{Answer, Lie, Part, Tap},
};
use crate::{
    support::canary::{Canary, assert_none},
    support::client::{Client, Launch},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_terraform-provider-alicloud");

const ANSWERS: &[Answer] = &[
    Answer::Code,
    Answer::Garbage,
    Answer::Html,
    Answer::Images,
    Answer::Json,
    Answer::Message,
    Answer::NotHttp,
    Answer::Redirect,
    Answer::RequestId,
    Answer::RequestIdHeader,
    Answer::RequestIdHeaderCut,
    Answer::Reset,
    Answer::Xml,
];

/// For each scheme, the parts of the request that contain secrets.
const SCHEMES: &[(&str, &[Part])] =
    &[("v1", &[Part::Body, Part::Query, Part::QueryDecoded]), ("v3", &[Part::Headers])];

/// The output of a run, by destination.
#[derive(Default)]
struct Outlets {
    diagnostics: String,
    state: String,
}

/// The run of one source.
struct Run<'a> {
    source: &'a Source,
    tap: &'a Tap,
    outlets: Outlets,
}

impl Run<'_> {
    /// Configures the provider again and reads; whether that succeeded.
    async fn read(&mut self, client: &mut Client, scheme: &str, time: &str) -> bool {
        let mut provider = self.source.provider.clone();
        if provider.is_null() {
            provider = json!({});
        }
        provider["sign_version"] = json!([{ "ecs": scheme }]);
        let mut diagnostics = client.validate_provider(&provider).await.unwrap();
        diagnostics.extend(client.configure(&provider).await.unwrap());
        let block = json!({ "owners": "system", "timeouts": { "read": time } });
        let read = client.read("alicloud_images", &block).await.unwrap();
        self.outlets.state.push_str(&read.json().unwrap().to_string());
        for diagnostic in diagnostics.iter().chain(&read.diagnostics) {
            self.outlets.diagnostics.push_str(&format!("{diagnostic}\n"));
        }
        !read.failed()
    }

    /// The mock's own responses, then every manipulated one.
    async fn play(&mut self, client: &mut Client) {
        let name = self.source.name;
        for (scheme, parts) in SCHEMES {
            self.tap.lie(None);
            let well = self.read(client, scheme, "60s").await;
            assert_eq!(well, self.source.is_good, "{name}: {}", self.outlets.diagnostics);
            let Some(service) = self.source.first_request else { continue };
            for (answer, part) in ANSWERS.iter().flat_map(|a| parts.iter().map(move |p| (*a, *p))) {
                let lie = Lie { service, answer, part };
                let lies = self.tap.lies();
                self.tap.lie(Some(lie));
                let is_repeated = matches!(
                    answer,
                    Answer::Garbage | Answer::NotHttp | Answer::RequestIdHeaderCut | Answer::Reset
                );
                let time = if is_repeated { "200ms" } else { "60s" };
                assert!(!self.read(client, scheme, time).await, "{name}: {lie:?}");
                assert!(self.tap.lies() > lies, "{name}: {lie:?} was never told");
            }
        }
    }
}

/// The built provider with the environment of `source` and nothing else.
fn launch(source: &Source, tap: &Tap, home: &Path) -> Launch {
    let mut launch = Launch::new(Path::new(PROGRAM)).unwrap();
    let handshake: Vec<_> = ["TF_PLUGIN_MAGIC_COOKIE", "PLUGIN_PROTOCOL_VERSIONS"]
        .iter()
        .map(|name| {
            let mut set = launch.command.as_std().get_envs();
            (*name, set.find(|(known, _)| known == name).unwrap().1.unwrap().to_owned())
        })
        .collect();
    launch
        .command
        .env_clear()
        .envs(handshake)
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .env("HOME", home)
        .env("TMPDIR", home)
        .env("TF_LOG", "TRACE")
        .env("ALICLOUD_REGION", "cn-hangzhou")
        .env("ALIBABA_CLOUD_ENDPOINT_ECS", tap.url())
        .env("ALIBABA_CLOUD_STS_ENDPOINT", tap.url())
        .env("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
        .envs(&source.env)
        .stderr(Stdio::piped());
    launch
}

/// Runs the source at `index`.
async fn play(index: usize) {
    let home = tempfile::tempdir().unwrap();
    let accounts = vec![Account::new(ID, SECRET)];
    let server = Server::start(Config { accounts, ..Config::default() }).unwrap();
    let tap = Tap::start(server.address());
    let source = source::all(&tap, home.path()).swap_remove(index);
    source.write(home.path());

    let mut plugin = launch(&source, &tap, home.path()).start().await.unwrap();
    let mut stderr = plugin.child.stderr.take().unwrap();
    let log = tokio::spawn(async move {
        let mut log = String::new();
        stderr.read_to_string(&mut log).await.unwrap();
        log
    });
    let mut client = plugin.connect().await.unwrap();
    let mut run = Run { source: &source, tap: &tap, outlets: Outlets::default() };
    run.play(&mut client).await;
    client.shutdown().await.unwrap();
    assert!(plugin.child.wait().await.unwrap().success());
    let log = log.await.unwrap();
    let outlets = run.outlets;

    let sent = tap.secrets();
    let mut canaries = source::written();
    canaries.extend(sent.iter().cloned());
    let of = |what: &str| format!("{what} of {}", source.name);
    assert!(log.contains("\"@level\":\"trace\""), "the log is not at TRACE");
    assert!(!log.contains("panicked"), "{log}");
    assert_none(&canaries, &of("stderr"), &log);
    assert_none(&canaries, &of("the diagnostics"), &outlets.diagnostics);
    assert_none(&canaries, &of("the state"), &outlets.state);
    if source.is_good {
        assert!(outlets.state.contains("ubuntu"), "{}", source.name);
        assert!(sent.iter().any(|canary| canary.name == "signature"), "{}", source.name);
    }
    // The journal identifies the caller: it contains key IDs, and no other secret.
    canaries.retain(|canary| !canary.name.ends_with("AccessKeyId") && canary.text != ID);
    let journal: Vec<Json> = server
        .journal()
        .entries()
        .iter()
        .map(|entry| serde_json::to_value(&**entry).unwrap())
        .collect();
    assert_none(&canaries, &of("the journal"), &json!(journal).to_string());
}

#[tokio::test]
async fn no_secret_leaks_for_any_source_and_response() {
    let probe = tempfile::tempdir().unwrap();
    let server = Server::start(Config::default()).unwrap();
    let count = source::all(&Tap::start(server.address()), probe.path()).len();
    join_all((0..count).map(play)).await;
}

#[test]
fn canaries_are_found_in_every_form() {
    let canary = Canary::new("secret", SECRET);
    for text in [
        SECRET,
        "Qx=pZw7/tercesyek+yranAc",
        "cAnary%2Bkeysecret%2F7wZp%3DxQ",
        "Y0FuYXJ5K2tleXNlY3JldC83d1pwPXhR",
        "63416e6172792b6b65797365637265742f37775a703d7851",
        // Basic LTAI...:cAnary...
        "TFRBSTpjQW5hcnkra2V5c2VjcmV0Lzd3WnA9eFE6eA==",
    ] {
        assert!(canary.is_in(&format!("a {text} b")), "{text}");
    }
    assert!(!canary.is_in("cAnary keysecret"));
}

/// Fails to compile if a type that contains a secret can be printed: then both implementations
/// below apply to it, and the call is ambiguous.
macro_rules! assert_not {
    ($type:ty: $($trait:path),+) => {$({
        trait Shown<Marker> {
            fn check() {}
        }
        struct Yes;
        impl<T: ?Sized> Shown<()> for T {}
        impl<T: ?Sized + $trait> Shown<Yes> for T {}
        <$type as Shown<_>>::check();
        let _ = Yes;
    })+};
}

#[test]
fn types_with_a_secret_cannot_be_printed() {
    use std::fmt::{Debug, Display};

    use serde::Serialize;
    use terraform_provider_alicloud::{
        alicloud::credentials::{Credential, CredentialArguments, OidcArguments},
        contract::ConfigureRequest,
        ctx::{
            Output,
            http::{Request, Response},
        },
        secret::{Secret, SecretBytes},
        value::Sensitive,
        wire::DynamicValue,
    };

    assert_not!(Secret: Debug, Display, Serialize);
    assert_not!(Credential: Debug, Display, Serialize);
    assert_not!(CredentialArguments: Debug, Display, Serialize);
    assert_not!(OidcArguments: Debug, Display, Serialize);
    assert_not!(Request: Debug, Display, Serialize);
    assert_not!(Response: Debug, Display, Serialize);
    assert_not!(Account: Debug, Display, Serialize);
    assert_not!(ConfigureRequest: Debug, Display, Serialize);
    assert_not!(Output: Debug, Display, Serialize);
    assert_not!(SecretBytes: Debug, Display, Serialize);
    assert_not!(Sensitive: Debug, Display, Serialize);
    assert_not!(DynamicValue: Display, Serialize);
    let block = DynamicValue { msgpack: SECRET.into(), json: SECRET.into() };
    let shown = format!("{block:?}");
    assert_eq!(shown, "DynamicValue (24 bytes of msgpack, 24 of JSON)");
}
