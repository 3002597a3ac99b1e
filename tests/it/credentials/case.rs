//! One case: the configuration, the responses of servers and programs, and the expected result.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
    sync::Arc,
};

use serde::Deserialize;
use terraform_provider_alicloud::{
    alicloud::sign::{canonical_query, v1},
    contract::{ConfigureRequest, Provider, ReadRequest},
    ctx::{
        Exit, Output,
        fixed::{Fixed, FixedEnv, json},
        http::{Error, ErrorKind, Request},
    },
    diag::Severity,
    provider::{Alicloud, configure},
    value::{Number, Value},
};

/// `case.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    /// What the case shows, for readers of the file.
    #[serde(rename = "promise")]
    _promise: String,
    /// The `provider` block.
    #[serde(default)]
    provider: serde_json::Value,
    /// The environment.
    #[serde(default)]
    env: BTreeMap<String, String>,
    /// The output of the programs, in the order in which they run.
    #[serde(default)]
    programs: Vec<Program>,
    /// The requests to servers and their responses, in order.
    #[serde(default)]
    exchanges: Vec<Exchange>,
    /// The expected result.
    expected: Expected,
    #[serde(skip)]
    files: BTreeMap<String, Vec<u8>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Program {
    run: Vec<String>,
    prints: Option<serde_json::Value>,
    /// What it writes to stderr.
    #[serde(default)]
    says: String,
    /// The status with which it fails, or "timed out".
    fails: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    /// Method and URL.
    asked: String,
    /// Some of the parameters of query and form.
    #[serde(default)]
    parameters: BTreeMap<String, String>,
    /// Parameters that must be absent.
    #[serde(default)]
    without: BTreeSet<String>,
    /// Some of the headers.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// The key that must have signed the request with RPC 1.0.
    signed_with: Option<String>,
    status: Option<u16>,
    answer: Option<serde_json::Value>,
    fails: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// The host of the call; not checked if it is absent.
    host: Option<String>,
    access_key_id: Option<String>,
    access_key_secret: Option<String>,
    security_token: Option<String>,
    /// The lines of the error, instead of a call: the summary, an empty line, the detail.
    message: Option<Vec<String>>,
    /// The warning in addition to the call, in the same format.
    warning: Option<Vec<String>>,
}

/// What a case chooses.
pub(crate) struct Chosen {
    /// The position in the resolution order; `None` if the case fails before a source is chosen, or
    /// nothing is configured.
    pub(crate) step: Option<usize>,
    /// How many requests it takes to get the credential.
    pub(crate) exchanges: usize,
    /// Whether a call is signed in the end.
    pub(crate) signs: bool,
}

/// Runs `future` in virtual time.
fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(future)
}

impl Case {
    /// Reads `case.json` and the tree below `files`.
    pub(super) fn read(folder: &Path) -> Self {
        let text = fs::read_to_string(folder.join("case.json")).unwrap();
        let mut case: Self = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let root = folder.join("files");
        if root.is_dir() {
            collect(&root, &root, &mut case.files);
        }
        case
    }

    /// Whether the outcome of the case depends on these variables. If `block` is not empty, the
    /// provider block must contain it.
    pub(super) fn depends_on_variables(mut self, names: &[&str], block: &str) -> bool {
        let had = self.env.len();
        self.env.retain(|name, _| !names.contains(&&**name));
        let has_block = block.is_empty() || self.provider.get(block).is_some();
        has_block && self.env.len() < had && !self.problems().is_empty()
    }

    /// The number of profiles, if the outcome of the case depends on the profiles with this mode.
    pub(super) fn depends_on_mode(mut self, mode: &str) -> Option<usize> {
        let config = self.files.get_mut("/home/user/.aliyun/config.json")?;
        let mut json: serde_json::Value = serde_json::from_slice(config).ok()?;
        let profiles = json.get_mut("profiles")?.as_array_mut()?;
        let count = profiles.len();
        let mut found = false;
        for profile in profiles {
            let is_of_mode = |found: &str| found.eq_ignore_ascii_case(mode);
            if profile.get("mode").and_then(|found| found.as_str()).is_some_and(is_of_mode) {
                profile["mode"] = "Other".into();
                found = true;
            }
        }
        *config = json.to_string().into_bytes();
        (found && !self.problems().is_empty()).then_some(count)
    }

    /// Whether a call is signed in the end.
    pub(super) fn signs(&self) -> bool {
        self.expected.access_key_id.is_some()
    }

    /// How many variables are set.
    pub(super) fn variables(&self) -> usize {
        self.env.len()
    }

    /// Runs the case and returns the differences from the expected result.
    pub(super) fn problems(&self) -> Vec<String> {
        run(self.play())
    }

    /// The step of the resolution order that the case chooses, and whether a call is signed.
    pub(super) fn chosen(&self) -> Chosen {
        let world = self.world();
        let block =
            Alicloud::new(world.ctx(), "0.0.0").schema().kind().complete(value(&self.provider));
        let (session, _) = run(configure(&world.ctx(), "tests", &block.into()));
        let step = session.and_then(|session| session.credentials.step());
        Chosen { step, exchanges: self.exchanges.len(), signs: self.signs() }
    }

    async fn play(&self) -> Vec<String> {
        let world = self.world();
        let provider = Alicloud::new(world.ctx(), "0.0.0");
        let request = ConfigureRequest {
            config: provider.schema().kind().complete(value(&self.provider)).into(),
            terraform_version: "1.11.4".into(),
        };
        let mut diagnostics = provider.configure(request).await;
        if !diagnostics.has_errors() {
            let sources = provider.data_sources();
            let images = sources.iter().find(|source| source.name() == "alicloud_images").unwrap();
            let config = Value::object([("name_regex", Value::from("."))]);
            let config = images.schema().kind().complete(config);
            let response = images.read(ReadRequest { config, deferral_allowed: false }).await;
            diagnostics.extend(response.diagnostics);
        }
        let mut problems = self.compare_exchanges(&world);
        let told = |severity| -> Option<Vec<String>> {
            // Most cases do not configure a region. The field `assumed_region` tests the warning
            // about that.
            let mut found = diagnostics.iter().filter(|found| found.severity == severity);
            let diagnostic = found.find(|found| found.summary != "No region is configured")?;
            let text = format!("{}\n\n{}", diagnostic.summary, diagnostic.detail);
            Some(text.lines().map(str::to_owned).collect())
        };
        for (what, told, expected) in [
            ("message", told(Severity::Error), &self.expected.message),
            ("warning", told(Severity::Warning), &self.expected.warning),
        ] {
            if told != *expected {
                problems.push(format!("the {what} is {}", serde_json::to_string(&told).unwrap()));
            }
        }
        if self.expected.message.is_none() {
            problems.extend(self.compare_call(&world));
        }
        problems
    }

    fn world(&self) -> Fixed {
        let world = Fixed {
            env: Arc::new(self.env.clone().into_iter().collect::<FixedEnv>()),
            ..Fixed::default()
        };
        for (path, content) in &self.files {
            world.files.insert(path, content.clone());
        }
        for program in &self.programs {
            let exit = match program.fails.as_deref() {
                None => Exit::Success,
                Some("timed out") => Exit::TimedOut,
                Some(status) => Exit::Failure(status.to_owned()),
            };
            let printed = match &program.prints {
                None => String::new(),
                Some(serde_json::Value::String(text)) => text.clone(),
                Some(json) => json.to_string(),
            };
            let answer = if program.prints.is_none() && program.fails.is_none() {
                Err(io::ErrorKind::NotFound.into())
            } else {
                Ok(Output {
                    stdout: printed.into_bytes().into(),
                    stderr: program.says.clone().into_bytes().into(),
                    exit,
                })
            };
            world.commands.answers.lock().unwrap().push_back(answer);
        }
        for exchange in &self.exchanges {
            match exchange.fails.as_deref() {
                None => {
                    let body = match &exchange.answer {
                        Some(serde_json::Value::String(text)) => text.clone(),
                        Some(answer) => answer.to_string(),
                        None => String::new(),
                    };
                    world.http.push_json(exchange.status.unwrap_or(200), body);
                }
                Some("connect") => world.http.push_error(ErrorKind::Connect),
                // Nothing arrives before the time limit of the attempt.
                Some("silent") => world.http.push(Box::new(|request| {
                    let (host, total) = (host(request), request.limits.total);
                    Box::pin(async move {
                        tokio::time::sleep(total).await;
                        let (kind, cause) = (ErrorKind::ReadTimeout, String::new());
                        Err(Error { kind, host, cause, request_id: None })
                    })
                })),
                Some("dns") => world.http.push_error(ErrorKind::Dns),
                Some("tls") => world.http.push_error(ErrorKind::Tls),
                Some(other) => panic!("unknown failure {other}"),
            }
        }
        world.http.always(|request| {
            if !seen_parameters(request).contains_key("PageNumber") {
                let kind = ErrorKind::Connect;
                let (host, cause) = (host(request), "not in the script".into());
                return Err(Error { kind, host, cause, request_id: None });
            }
            let region = &seen_parameters(request)["RegionId"];
            let empty = format!(
                r#"{{"RequestId":"r","PageNumber":1,"PageSize":100,"TotalCount":0,
                    "RegionId":"{region}","Images":{{"Image":[]}}}}"#
            );
            Ok(json(200, empty))
        });
        world
    }

    fn compare_exchanges(&self, world: &Fixed) -> Vec<String> {
        let mut problems = Vec::new();
        let seen = world.http.seen();
        let asked: Vec<_> = seen.iter().filter(|request| !is_call(request)).collect();
        if asked.len() != self.exchanges.len() {
            let asked: Vec<_> = asked.iter().map(|request| line(request)).collect();
            problems.push(format!("{} requests came: {asked:?}", asked.len()));
        }
        for (request, exchange) in asked.iter().zip(&self.exchanges) {
            problems.extend(exchange.problems(request));
        }
        let run = world.commands.seen.lock().unwrap().clone();
        let expected: Vec<_> = self.programs.iter().map(|program| program.run.clone()).collect();
        if run != expected {
            problems.push(format!("the programs {run:?} ran"));
        }
        problems
    }

    fn compare_call(&self, world: &Fixed) -> Vec<String> {
        let mut problems = Vec::new();
        let Some(call) = world.http.seen().into_iter().find(is_call) else {
            return vec!["no call was made".into()];
        };
        let parameters = seen_parameters(&call);
        let mut check = |what: &str, is: Option<&String>, expected: Option<&String>| {
            if is != expected {
                problems.push(format!("the {what} is {is:?}, not {expected:?}"));
            }
        };
        let expected = &self.expected;
        check("key ID", parameters.get("AccessKeyId"), expected.access_key_id.as_ref());
        check("token", parameters.get("SecurityToken"), expected.security_token.as_ref());
        let secret = expected.access_key_secret.as_deref().unwrap_or_default();
        check("signature", parameters.get("Signature"), Some(&signature(&call, secret)));
        if expected.host.is_some() {
            check("host", Some(&host(&call)), expected.host.as_ref());
        }
        problems
    }
}

impl Exchange {
    fn problems(&self, request: &Request) -> Vec<String> {
        let mut problems = Vec::new();
        if line(request) != self.asked {
            problems.push(format!("{} came, not {}", line(request), self.asked));
        }
        // The limit is small, because a credential is small and a hostile response must not use
        // much memory.
        if request.limits.body > 1 << 20 {
            problems.push(format!("{}: {} bytes may come", self.asked, request.limits.body));
        }
        let parameters = seen_parameters(request);
        for (name, expected) in &self.parameters {
            let is = parameters.get(name);
            if is != Some(expected) {
                problems.push(format!("{}: {name} is {is:?}", self.asked));
            }
        }
        for name in self.without.iter().filter(|name| parameters.contains_key(*name)) {
            problems.push(format!("{}: {name} is there", self.asked));
        }
        for (name, expected) in &self.headers {
            let is = request.headers.iter().find(|(known, _)| known == name);
            let is = is.map(|(_, value)| value.expose()).unwrap_or_default();
            if is != expected {
                problems.push(format!("{}: the header {name} is {is:?}", self.asked));
            }
        }
        if let Some(secret) = &self.signed_with
            && parameters.get("Signature") != Some(&signature(request, secret))
        {
            problems.push(format!("{}: signed with another key", self.asked));
        }
        problems
    }
}

fn is_call(request: &Request) -> bool {
    seen_parameters(request).get("Action").is_some_and(|action| action == "DescribeImages")
}

fn line(request: &Request) -> String {
    format!("{} {}", request.method, request.url)
}

fn host(request: &Request) -> String {
    request.url.split('/').nth(2).unwrap_or_default().to_owned()
}

/// The parameters of query and body, decoded.
fn seen_parameters(request: &Request) -> BTreeMap<String, String> {
    let decode =
        |text: &str| percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned();
    [request.query.expose(), request.body.expose()]
        .iter()
        .flat_map(|part| part.split('&'))
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// The RPC 1.0 signature of the request with this secret.
fn signature(request: &Request, secret: &str) -> String {
    let parameters = seen_parameters(request);
    let signed = parameters.iter().filter(|(name, _)| *name != "Signature");
    let query = canonical_query(signed.map(|(name, value)| (name.as_str(), value.as_str())));
    v1::signature(secret, &v1::string_to_sign("POST", &query))
}

fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(truth) => Value::Bool(*truth),
        serde_json::Value::Number(number) => {
            Value::Number(number.to_string().parse::<Number>().unwrap())
        }
        serde_json::Value::String(text) => Value::string(text.as_str()),
        serde_json::Value::Array(blocks) => Value::Set(blocks.iter().map(value).collect()),
        serde_json::Value::Object(members) => {
            Value::object(members.iter().map(|(name, json)| (name.clone(), value(json))))
        }
    }
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let inside = path.strip_prefix(root).unwrap();
            files.insert(format!("/{}", inside.display()), fs::read(&path).unwrap());
        }
    }
}
