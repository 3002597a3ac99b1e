//! The command line of `mock-ecs`: from words to a [`Command`], which the binary carries out. So tests
//! of the command line start no process.

mod subcommands;

use std::{ffi::OsString, path::PathBuf, time::Duration};

use lexopt::{Arg, Parser, ValueExt};

use super::{
    account::Account,
    catalog::Seed,
    config::{Auth, Config, Http, Imds, STRICT_SKEW, UnknownParameters},
    fault::{Latency, RuleError, read_rules},
    scenario::ScenarioError,
};
use crate::{ctx::Files, text};

pub use subcommands::{CLEARED, HealthError, Shell, Target, check_health};

/// What `mock-ecs --help` prints.
pub const HELP: &str = include_str!("help.txt");

/// What the command line specifies to do.
pub enum Command {
    /// Report whether the mock at a URL is healthy.
    Health {
        /// Where it should be.
        url: String,
    },
    /// Print [`HELP`].
    Help,
    /// Run a server.
    Serve {
        /// Its configuration.
        config: Box<Config>,
        /// Where to write the certificate; `None` for a new file in the temporary folder.
        certificate: Option<PathBuf>,
        /// Where to record the scenario.
        record: Option<PathBuf>,
    },
    /// Run a server and a command that uses it, and exit with the command's status.
    Run {
        /// The configuration of the server.
        config: Box<Config>,
        /// Where to write the certificate.
        certificate: Option<PathBuf>,
        /// Where to record the scenario.
        record: Option<PathBuf>,
        /// The program and its arguments.
        command: Vec<OsString>,
        /// The region for the command.
        region: String,
    },
    /// Print the variables that point clients at a mock.
    Env {
        /// The mock.
        target: Target,
        /// How to print them.
        shell: Shell,
    },
    /// Print the version.
    Version,
}

/// A command line that is not valid.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file of fault rules, or of a scenario, cannot be read.
    #[error("{}: cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The same file is neither UTF-8 nor UTF-16 with a byte order mark.
    #[error("{}: is neither UTF-8 nor UTF-16 with a byte order mark; save it as UTF-8", .0.display())]
    NotText(PathBuf),
    /// A scenario is not valid.
    #[error("{}", path.display())]
    Scenario {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: ScenarioError,
    },
    /// The value of `--account` is not valid.
    #[error("--account: {0}")]
    Account(&'static str),
    /// A fault rule cannot be read.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// `env` lacks the URL, or `run` the command.
    #[error("{0}")]
    Missing(&'static str),
    /// An option is unknown, has no value, or has a value that is not valid.
    #[error("{0}")]
    Usage(#[from] lexopt::Error),
}

/// The largest file of a scenario, in bytes.
const SCENARIO_LIMIT: u64 = 1 << 30;
/// The largest file of fault rules, in bytes.
const FAULT_FILE_LIMIT: u64 = 16 << 20;

/// Reads the command line, without the name of the program.
///
/// # Errors
///
/// When it is not valid.
pub fn parse(
    arguments: impl IntoIterator<Item = OsString>,
    files: &dyn Files,
) -> Result<Command, Error> {
    let mut parser = Parser::from_args(arguments);
    match parser.raw_args()?.peek().and_then(|first| first.to_str()) {
        Some("env") => return parse_env(parser),
        Some("health") => {
            parser.next()?;
            return health(&mut parser);
        }
        Some("run") => {
            parser.next()?;
            return parse_server(parser, files, true);
        }
        _ => {}
    }
    parse_server(parser, files, false)
}

/// The options of a server; for `run` also `--region`, and the command after `--`.
fn parse_server(mut parser: Parser, files: &dyn Files, run: bool) -> Result<Command, Error> {
    let mut options = Options::default();
    let mut region = "cn-hangzhou".to_owned();
    let mut command = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("region") if run => region = parser.value()?.string()?,
            // Everything after `--`, or from the first word that is not an option.
            Arg::Value(program) if run => {
                command.push(program);
                command.extend(parser.raw_args()?);
            }
            Arg::Short('h') | Arg::Long("help") => return Ok(Command::Help),
            Arg::Short('V') | Arg::Long("version") => return Ok(Command::Version),
            Arg::Short('p') => options.config.port = parser.value()?.parse()?,
            Arg::Long(name) => {
                let name = name.to_owned();
                let known = options.network(&name, &mut parser)?
                    || options.authentication(&name, &mut parser)?
                    || options.images(&name, &mut parser)?
                    || options.behavior(&name, &mut parser, files)?;
                if !known {
                    return Err(Arg::Long(&name).unexpected().into());
                }
            }
            other => return Err(other.unexpected().into()),
        }
    }
    let Options { config, certificate, record, .. } = options.finished();
    if !run {
        return Ok(Command::Serve { config, certificate, record });
    }
    if command.is_empty() {
        return Err(Error::Missing("run needs a command: mock-ecs run [OPTION]... -- COMMAND..."));
    }
    Ok(Command::Run { config, certificate, record, command, region })
}

/// The options of a server. There is one method for each section of the help text; it returns
/// whether the section has an option of this name.
#[derive(Default)]
struct Options {
    config: Box<Config>,
    keys: Keys,
    accounts: Vec<Account>,
    certificate: Option<PathBuf>,
    record: Option<PathBuf>,
}

impl Options {
    /// "Network" and "Admin API".
    fn network(&mut self, name: &str, parser: &mut Parser) -> Result<bool, Error> {
        let config = &mut *self.config;
        match name {
            "port" => config.port = parser.value()?.parse()?,
            "host" => config.host = parser.value()?.parse()?,
            "tls" => config.tls = true,
            "tls-certificate" => {
                config.tls = true;
                self.certificate = Some(PathBuf::from(parser.value()?));
            }
            "http" => {
                let choices = [("both", Http::Both), ("1.1", Http::Http1), ("2", Http::Http2)];
                config.http = choose(parser, &choices)?;
            }
            "connections" => config.max_connections = parser.value()?.parse()?,
            "allowed-host" => config.allowed_hosts.push(parser.value()?.string()?),
            "admin-token" => config.admin_token = Some(parser.value()?.string()?.into()),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// "Authentication".
    fn authentication(&mut self, name: &str, parser: &mut Parser) -> Result<bool, Error> {
        let config = &mut *self.config;
        match name {
            "access-key" => self.keys.access_key = Some(parser.value()?.string()?),
            "secret-key" => self.keys.secret_key = Some(parser.value()?.string()?),
            "account" => self.accounts.push(account(&parser.value()?.string()?)?),
            "auth" => config.auth = choose(parser, &[("on", Auth::On), ("off", Auth::Off)])?,
            "max-skew" => {
                let lax = Duration::from_secs(31 * 60);
                config.max_skew = choose(parser, &[("strict", STRICT_SKEW), ("lax", lax)])?;
            }
            "imds" => {
                let choices = [("both", Imds::Both), ("off", Imds::Off), ("v2", Imds::V2)];
                config.imds = choose(parser, &choices)?;
            }
            "ram-role" => config.ram_role = parser.value()?.string()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// "Images".
    fn images(&mut self, name: &str, parser: &mut Parser) -> Result<bool, Error> {
        let config = &mut *self.config;
        match name {
            "images" => config.images.push(images(parser.value()?)),
            "generate" => config.images.push(Seed::Generated(parser.value()?.parse()?)),
            "builtin-images" => config.images.push(Seed::Builtin),
            "seed" => config.seed = parser.value()?.parse()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// "Behavior".
    fn behavior(
        &mut self,
        name: &str,
        parser: &mut Parser,
        files: &dyn Files,
    ) -> Result<bool, Error> {
        let config = &mut *self.config;
        match name {
            "fault" => config.faults.push(parser.value()?.string()?.parse()?),
            "faults" => {
                let (_, text) = read(parser, files, FAULT_FILE_LIMIT)?;
                config.faults.extend(read_rules(&text)?);
            }
            "quota" => config.quota = Some(parser.value()?.parse()?),
            "latency" => config.latency = Some(parser.value()?.string()?.parse()?),
            "image-time" => {
                config.image_time = parser.value()?.string()?.parse::<Latency>()?.fixed_time()?;
            }
            "clock-skew" => config.clock_skew = parser.value()?.parse()?,
            "unknown-parameters" => {
                let choices =
                    [("note", UnknownParameters::Note), ("refuse", UnknownParameters::Refuse)];
                config.unknown_parameters = choose(parser, &choices)?;
            }
            "record" => self.record = Some(PathBuf::from(parser.value()?)),
            "replay" => {
                let (path, text) = read(parser, files, SCENARIO_LIMIT)?;
                let scenario = text.parse();
                config.replay = Some(scenario.map_err(|source| Error::Scenario { path, source })?);
            }
            "journal" => config.journal_capacity = parser.value()?.parse()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Sets what depends on several options.
    fn finished(mut self) -> Self {
        self.keys.apply(&mut self.config.accounts);
        let given = |name: &str| !name.is_empty();
        for (number, mut account) in (2_u64..).zip(std::mem::take(&mut self.accounts)) {
            if !given(&account.id) {
                account.id = format!("{number}234567890123456");
            }
            if !given(&account.name) {
                account.name = format!("account-{number}");
            }
            self.config.accounts.push(account);
        }
        let seeds = std::mem::take(&mut self.config.images);
        let accounts = &self.config.accounts;
        self.config.images = seeds.into_iter().map(|seed| owned(seed, accounts)).collect();
        self
    }
}

/// Reads the file that is the value of an option.
fn read(parser: &mut Parser, files: &dyn Files, limit: u64) -> Result<(PathBuf, String), Error> {
    let path = PathBuf::from(parser.value()?);
    match files.read_blocking(&path, limit) {
        Ok(content) => match text::decode(&content) {
            Some(text) => Ok((path, text.to_string())),
            None => Err(Error::NotText(path)),
        },
        Err(source) => Err(Error::Read { path, source }),
    }
}

/// `env --shell SHELL URL`.
fn parse_env(mut parser: Parser) -> Result<Command, Error> {
    parser.next()?;
    let account = Account::new("mock-access-key", "mock-secret-key");
    let mut shell = Shell::Bash;
    let mut url = None;
    let mut target = Target {
        url: String::new(),
        access_key: account.access_key,
        secret_key: account.secret_key.expose().to_owned(),
        region: "cn-hangzhou".to_owned(),
        certificate: None,
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("shell") => {
                let choices = [
                    ("bash", Shell::Bash),
                    ("fish", Shell::Fish),
                    ("powershell", Shell::PowerShell),
                    ("github", Shell::Github),
                ];
                shell = choose(&mut parser, &choices)?;
            }
            Arg::Long("access-key") => target.access_key = parser.value()?.string()?,
            Arg::Long("secret-key") => target.secret_key = parser.value()?.string()?,
            Arg::Long("region") => target.region = parser.value()?.string()?,
            Arg::Long("tls-certificate") => target.certificate = Some(parser.value()?.string()?),
            Arg::Short('h') | Arg::Long("help") => return Ok(Command::Help),
            Arg::Value(value) if url.is_none() => url = Some(value.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let missing = Error::Missing("env needs the URL of the mock: mock-ecs env --shell bash URL");
    target.url = url.ok_or(missing)?;
    Ok(Command::Env { target, shell })
}

/// Splits the name of a known account off the beginning of a file's name: `ACCOUNT@FILE`.
fn owned(seed: Seed, accounts: &[Account]) -> Seed {
    let Seed::File { path, region } = seed else { return seed };
    let split = path.to_str().and_then(|text| text.split_once('@'));
    let known = split.filter(|(name, _)| accounts.iter().any(|account| account.name == *name));
    match known {
        Some((account, rest)) => {
            let seed = images(rest.into());
            let seed = match (seed, region) {
                (Seed::File { path, region: None }, region) => Seed::File { path, region },
                (seed, _) => seed,
            };
            Seed::Of { account: account.to_owned(), seed: Box::new(seed) }
        }
        None => Seed::File { path, region },
    }
}

/// Reads what follows `health`: a URL and nothing else.
fn health(parser: &mut Parser) -> Result<Command, Error> {
    let url = match parser.next()? {
        Some(Arg::Value(url)) => url.string()?,
        Some(other) => return Err(other.unexpected().into()),
        None => return Err(lexopt::Error::from("health: the URL of the mock is missing").into()),
    };
    match parser.next()? {
        None => Ok(Command::Health { url }),
        Some(more) => Err(more.unexpected().into()),
    }
}

/// `--access-key` and `--secret-key`, which change the default account.
#[derive(Default)]
struct Keys {
    access_key: Option<String>,
    secret_key: Option<String>,
}

impl Keys {
    fn apply(&mut self, accounts: &mut [Account]) {
        let Some(account) = accounts.first_mut() else { return };
        if let Some(access_key) = self.access_key.take() {
            account.access_key = access_key;
        }
        if let Some(secret_key) = self.secret_key.take() {
            account.secret_key = secret_key.into();
        }
    }
}

/// Reads `name=..,access-key=..,secret-key=..[,id=..][,disabled]`.
fn account(text: &str) -> Result<Account, Error> {
    let mut account = Account::new("", "");
    account.name = String::new();
    account.id = String::new();
    for part in text.split(',') {
        match part.split_once('=') {
            Some(("name", value)) => account.name = value.into(),
            Some(("id", value)) => account.id = value.into(),
            Some(("access-key", value)) => account.access_key = value.into(),
            Some(("secret-key", value)) => account.secret_key = value.into(),
            None if part == "disabled" => account.active = false,
            // The part is not shown: it may be a secret after a mistyped name.
            _ => return Err(Error::Account("has name, id, access-key, secret-key and disabled")),
        }
    }
    if account.access_key.is_empty() || account.secret_key.is_empty() {
        return Err(Error::Account("needs access-key and secret-key"));
    }
    Ok(account)
}

/// Reads `FILE` or `REGION=FILE`, with an optional account before the file: `ACCOUNT@FILE`.
fn images(value: OsString) -> Seed {
    let region_of = |text: &str| {
        let (region, path) = text.split_once('=')?;
        let shaped = region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        (shaped && !region.is_empty()).then(|| (region.to_owned(), PathBuf::from(path)))
    };
    match value.to_str().and_then(region_of) {
        Some((region, path)) => Seed::File { path, region: Some(region) },
        None => Seed::File { path: value.into(), region: None },
    }
}

/// Reads one of a few words.
fn choose<T: Copy>(parser: &mut Parser, choices: &[(&str, T)]) -> Result<T, lexopt::Error> {
    parser.value()?.parse_with(|text| {
        let chosen = choices.iter().find(|(word, _)| *word == text);
        let words = || choices.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" or ");
        chosen.map(|(_, value)| *value).ok_or_else(|| format!("must be {}", words()))
    })
}
