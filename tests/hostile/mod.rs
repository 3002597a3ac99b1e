//! Every parser of untrusted bytes, as one function of those bytes: it must return for any input.
//! The tests and the fuzz targets call these functions with mutated examples.
//!
//! A private parser is called through the public code that uses it.

#![allow(dead_code, unreachable_pub, reason = "each of its users uses a part")]
#![allow(missing_docs, reason = "the fuzz targets name the parsers, this file describes them")]

use std::{
    ffi::OsString,
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    sync::{Arc, LazyLock},
    time::Duration,
};

use terraform_provider_alicloud::{
    alicloud::{
        Api, Client, ClientConfig, Detail, LookUp, Pages, Process,
        credentials::{Chain, CredentialArguments, Credentials, RoleArguments},
        endpoint::{
            Endpoint, Endpoints, Protocol,
            configured::{File, Origin},
        },
        sign::Scheme,
    },
    contract::Provider,
    ctx::{
        Exit, Output,
        fixed::{Fixed, FixedEnv, json, response},
        http::Response,
    },
    data_sources::images::regex::GoRegex,
    mock::{
        Auth, Config, Rule, Seed, Server,
        cli::{self, Command},
    },
    plugin::Handshake,
    provider::Alicloud,
    value::Kind,
    wire,
};
use tokio::{
    runtime::{Builder, Runtime},
    time::Instant,
};

/// A parser, by name.
pub type Parser = (&'static str, fn(&[u8]));

/// All parsers. Examples of their inputs are in `tests/data/hostile/NAME`.
pub const PARSERS: &[Parser] = &[
    ("api_answer", api_answer),
    ("client_certificate", client_certificate),
    ("credential_answer", credential_answer),
    ("endpoints_xml", endpoints_xml),
    ("error_body", error_body),
    ("handshake", handshake),
    ("ini_file", ini_file),
    ("json_value", json_value),
    ("mock_images", mock_images),
    ("mock_query", mock_query),
    ("mock_rules", mock_rules),
    ("msgpack_value", msgpack_value),
    ("profile_file", profile_file),
    ("regex", regex),
];

/// The magic cookie of a host, without which the rest of the environment is not read.
const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// A runtime with paused time, in which every wait ends immediately.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The bytes up to the first line feed, and those after it.
fn split_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    (&bytes[..end], bytes.get(end + 1..).unwrap_or_default())
}

/// A complete lookup, in which every call gets this response.
fn look_up(answer: Response) {
    let world = Fixed::default();
    world.http.always(move |_| Ok(answer.clone()));
    let key = CredentialArguments {
        access_key_id: Some("id".into()),
        access_key_secret: Some("secret".into()),
        ..CredentialArguments::default()
    };
    let config = |chain| ClientConfig {
        region: "cn-test".into(),
        endpoint: Arc::new(Endpoint {
            scheme: Protocol::Https,
            host: "ecs.test".into(),
            path: "/".into(),
            origin: Origin::Region,
        }),
        scheme: Scheme::V1,
        credentials: Arc::new(chain),
        user_agent: "test".into(),
        connect_timeout: Duration::from_secs(5),
        read_timeout: Duration::from_secs(5),
        max_retry_timeout: None,
        extra_parameters: Vec::new(),
    };
    runtime().block_on(async {
        let deadline = Instant::now() + Duration::from_secs(10);
        let (ctx, process) = (world.ctx(), Process::default());
        let endpoints = Endpoints::default();
        let chain = Chain::new(&key, &endpoints, "test", &ctx, &process, deadline).await;
        let client = Client::new(ctx, config(chain), &process);
        let look_up = LookUp {
            region: None,
            parameters: Vec::new(),
            pages: Pages::All,
            detail: Detail::Full,
            deadline,
            observer: None,
        };
        // This also formats the text of the error.
        let _ = client.describe_images(look_up).await.map_err(|error| format!("{error:?}"));
    });
}

/// The body of a response to DescribeImages.
pub fn api_answer(bytes: &[u8]) {
    look_up(json(200, text(bytes)));
    look_up(response(200, &[], bytes.to_vec()));
}

/// The first line has the status and headers, the rest is the body of a refusal.
pub fn error_body(bytes: &[u8]) {
    let (head, body) = split_line(bytes);
    let status = 400 + u16::from(head.first().copied().unwrap_or_default());
    let value = text(head.get(1..).unwrap_or_default());
    let names = ["date", "retry-after", "x-acs-request-id", "x-acs-retry-after"];
    look_up(response(status, &names.map(|name| (name, &*value)), body.to_vec()));
}

fn ask_for_credential(arguments: &CredentialArguments, world: &Fixed) {
    runtime().block_on(async {
        let deadline = Instant::now() + Duration::from_secs(10);
        let endpoints = Endpoints::default();
        let (ctx, process) = (world.ctx(), Process::default());
        let chain = Chain::new(arguments, &endpoints, "test", &ctx, &process, deadline).await;
        let asked = tokio::time::timeout(Duration::from_secs(600), chain.credential()).await;
        if let Ok(Err(error)) = asked {
            let _ = format!("{error:?}");
        }
    });
}

/// The services and programs that return credentials: a server, the metadata service, STS, a
/// program.
pub fn credential_answer(bytes: &[u8]) {
    let profiles = r#"{"profiles": [
        {"name": "run", "mode": "External", "process_command": "program"},
        {"name": "sso", "mode": "CloudSSO", "cloud_sso_sign_in_url": "https://a.test/b",
         "cloud_sso_account_id": "1", "cloud_sso_access_config": "c", "access_token": "t",
         "cloud_sso_access_token_expire": 9999999999}]}"#;
    let of_profile = |name: &str| CredentialArguments {
        profile: Some(name.into()),
        shared_credentials_file: Some("/file".into()),
        ..CredentialArguments::default()
    };
    let role = RoleArguments { role_arn: Some("acs:ram::1:role/r".into()), ..Default::default() };
    for arguments in [
        CredentialArguments {
            credentials_uri: Some("http://a.test/".into()),
            ..CredentialArguments::default()
        },
        CredentialArguments {
            ecs_role_name: Some("role".into()),
            ..CredentialArguments::default()
        },
        CredentialArguments {
            access_key_id: Some("id".into()),
            access_key_secret: Some("secret".into()),
            assume_role: Some(role),
            ..CredentialArguments::default()
        },
        of_profile("run"),
        of_profile("sso"),
    ] {
        let world = Fixed::default();
        world.files.insert("/file", profiles);
        let (stdout, stderr) = (bytes.to_vec().into(), bytes.to_vec().into());
        let output = Output { stdout, stderr, exit: Exit::Success };
        world.commands.answers.lock().unwrap().push_back(Ok(output));
        let body = bytes.to_vec();
        world.http.always(move |_| Ok(response(200, &[], body.clone())));
        ask_for_credential(&arguments, &world);
    }
}

/// The CLI's file of profiles.
pub fn profile_file(bytes: &[u8]) {
    let world = Fixed::default();
    world.files.insert("/file", bytes);
    for profile in [None, Some("p".to_owned())] {
        let shared_credentials_file = Some("/file".into());
        let arguments = CredentialArguments {
            profile,
            shared_credentials_file,
            ..CredentialArguments::default()
        };
        ask_for_credential(&arguments, &world);
    }
}

/// The SDKs' file of profiles.
pub fn ini_file(bytes: &[u8]) {
    let variables = [("ALIBABA_CLOUD_CREDENTIALS_FILE", "/file")];
    let world = Fixed { env: Arc::new(FixedEnv::from_iter(variables)), ..Fixed::default() };
    world.files.insert("/file", bytes);
    ask_for_credential(&CredentialArguments::default(), &world);
}

/// `endpoints.xml`.
pub fn endpoints_xml(bytes: &[u8]) {
    match File::parse(&text(bytes), "endpoints.xml") {
        Ok(file) => {
            let endpoints = Endpoints { file: Some(file), ..Endpoints::default() };
            let _ = endpoints.configured_ecs("cn-hangzhou").map(|found| found.map(|e| e.url()));
        }
        Err(error) => drop(error.to_string()),
    }
}

/// The host's certificate.
pub fn client_certificate(bytes: &[u8]) {
    let env = FixedEnv::from_iter([COOKIE, ("PLUGIN_CLIENT_CERT", text(bytes).as_str())]);
    let _ = Handshake::read(&env);
}

/// The other variables of the handshake, one on each line.
pub fn handshake(bytes: &[u8]) {
    let text = text(bytes);
    let names = [
        "PLUGIN_PROTOCOL_VERSIONS",
        "PLUGIN_MIN_PORT",
        "PLUGIN_MAX_PORT",
        "PLUGIN_UNIX_SOCKET_DIR",
        "PLUGIN_UNIX_SOCKET_GROUP",
        "PLUGIN_MULTIPLEX_GRPC",
        "TMPDIR",
    ];
    let env = FixedEnv::from_iter(names.into_iter().zip(text.split('\n')).chain([COOKIE]));
    let handshake = Handshake::read(&env).expect("there is nothing to refuse");
    assert!(handshake.socket.ports.start() <= handshake.socket.ports.end());
}

/// The types as which values are read: those of the data sources, and one with every kind.
static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let provider = Alicloud::new(Fixed::default().ctx(), "0.0.0");
    let mut kinds = vec![provider.schema().kind()];
    kinds.extend(provider.data_sources().iter().map(|source| source.schema().kind()));
    kinds.push(Kind::object([
        ("bool", Kind::Bool),
        ("dynamic", Kind::Dynamic),
        ("list", Kind::list(Kind::list(Kind::String))),
        ("map", Kind::map(Kind::Number)),
        ("number", Kind::Number),
        ("set", Kind::set(Kind::String)),
        ("tuple", Kind::Tuple(vec![Kind::Bool, Kind::Dynamic])),
    ]));
    kinds.push(Kind::Dynamic);
    kinds
});

/// A value in msgpack. A value that can be decoded can be encoded, and decoding it again gives the
/// same value.
pub fn msgpack_value(bytes: &[u8]) {
    for kind in KINDS.iter() {
        let Ok(value) = wire::msgpack::decode(bytes, kind) else { continue };
        let written = wire::msgpack::encode(&value, kind).expect("what was read can be written");
        assert!(written.len() <= wire::msgpack::upper_bound(&value, kind));
        let again = wire::msgpack::decode(&written, kind).expect("and read again");
        assert_eq!(wire::msgpack::encode(&again, kind).ok(), Some(written));
    }
}

/// A value in JSON. A value that can be decoded can be encoded.
pub fn json_value(bytes: &[u8]) {
    for kind in KINDS.iter() {
        let Ok(value) = wire::json::decode(bytes, kind) else { continue };
        let written = wire::json::encode(&value, kind).expect("what was read can be written");
        assert_eq!(wire::json::decode(&written, kind).as_ref(), Ok(&value));
    }
}

/// A name pattern and, after a line feed, the text to match.
pub fn regex(bytes: &[u8]) {
    let (pattern, name) = split_line(bytes);
    match GoRegex::new(&text(pattern)) {
        Ok(regex) => {
            regex.is_match(&text(name));
        }
        Err(error) => drop(error.to_string()),
    }
}

/// The parameters of a call of `mock-ecs`, which must respond. They are in the query or, if they are too long for it,
/// in a form.
pub fn mock_query(bytes: &[u8]) {
    static SERVER: LazyLock<Server> = LazyLock::new(|| {
        Server::start(Config { auth: Auth::Off, journal_capacity: 10, ..Config::default() })
            .unwrap()
    });
    /// Longer parameters are sent in a form, which the mock limits to 1 MiB.
    const LONGEST_QUERY: usize = 30_000;
    let mut query = String::new();
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'&' | b'=' | b'%' | b'.' | b'+' => {
                query.push(char::from(*byte));
            }
            _ => query.push_str(&format!("%{byte:02X}")),
        }
    }
    query.truncate(1 << 20);
    let length = query.len();
    let request = if length <= LONGEST_QUERY {
        format!("GET /?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    } else {
        format!(
            "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: {length}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\r\n{query}"
        )
    };
    let mut stream = TcpStream::connect(SERVER.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 "), "{request}: {}", text(&answer));
}

/// A file of fault rules. Parsing the text form of a rule gives the same rule.
pub fn mock_rules(bytes: &[u8]) {
    let world = Fixed::default();
    world.files.insert("/rules", bytes);
    let words = ["--faults", "/rules"].map(OsString::from);
    if let Ok(Command::Serve { config, .. }) = cli::parse(words, &*world.files) {
        for rule in config.faults {
            assert_eq!(rule.to_string().parse::<Rule>().ok().as_ref(), Some(&rule), "{rule}");
        }
    }
    drop(text(bytes).parse::<Rule>().map_err(|error| error.to_string()));
}

/// A file of images.
pub fn mock_images(bytes: &[u8]) {
    let seed = Seed::Json { name: "images.json".into(), region: None, text: text(bytes) };
    drop(Server::start(Config::default().with_images(seed)).map_err(|error| error.to_string()));
}
