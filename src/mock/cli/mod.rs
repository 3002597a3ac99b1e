//! The command line of `mock-ecs`.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use lexopt::{Arg, Parser, ValueExt};

use super::{
    account::Account,
    catalog::Seed,
    config::{Auth, Config, Http, Imds, STRICT_SKEW, UnknownParameters},
    fault::{RuleError, read_rules},
};
use crate::ctx::Files;

/// What `mock-ecs --help` prints.
pub const HELP: &str = include_str!("help.txt");

/// What the command line requests.
pub enum Command {
    /// Say whether the mock at a URL serves.
    Health {
        /// Where it should be.
        url: String,
    },
    /// Print [`HELP`].
    Help,
    /// Run a server.
    Serve {
        /// What to start it with.
        config: Box<Config>,
        /// Where to write the certificate; `None` for a new file in the temporary folder.
        certificate: Option<PathBuf>,
    },
    /// Print the version.
    Version,
}

/// A command line that is not valid.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file of fault rules cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    FaultFile {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The value of `--account` is not valid.
    #[error("--account: {0}")]
    Account(&'static str),
    /// A fault rule cannot be read.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// An option is unknown, has no value, or has a value that is not valid.
    #[error("{0}")]
    Usage(#[from] lexopt::Error),
}

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
    let mut config = Config::default();
    let mut keys = Keys::default();
    let mut accounts = Vec::new();
    let mut certificate = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("access-key") => keys.access_key = Some(parser.value()?.string()?),
            Arg::Long("secret-key") => keys.secret_key = Some(parser.value()?.string()?),
            Arg::Long("account") => accounts.push(account(&parser.value()?.string()?)?),
            Arg::Long("admin-token") => {
                config.admin_token = Some(parser.value()?.string()?.into());
            }
            Arg::Long("allowed-host") => {
                config.allowed_hosts.push(parser.value()?.string()?);
            }
            Arg::Long("auth") => {
                config.auth = choose(&mut parser, &[("on", Auth::On), ("off", Auth::Off)])?;
            }
            Arg::Long("clock-skew") => config.clock_skew = parser.value()?.parse()?,
            Arg::Long("connections") => config.max_connections = parser.value()?.parse()?,
            Arg::Long("fault") => config.faults.push(parser.value()?.string()?.parse()?),
            Arg::Long("faults") => {
                let path = PathBuf::from(parser.value()?);
                let read = files.read_blocking(&path, FAULT_FILE_LIMIT);
                let text = read.map_err(|source| Error::FaultFile { path, source })?;
                config.faults.extend(read_rules(&String::from_utf8_lossy(&text))?);
            }
            Arg::Long("generate") => config.images.push(Seed::Generated(parser.value()?.parse()?)),
            Arg::Long("host") => config.host = parser.value()?.parse()?,
            Arg::Long("http") => {
                let choices = [("both", Http::Both), ("1.1", Http::Http1), ("2", Http::Http2)];
                config.http = choose(&mut parser, &choices)?;
            }
            Arg::Long("images") => config.images.push(images(parser.value()?)),
            Arg::Long("builtin-images") => config.images.push(Seed::Builtin),
            Arg::Long("imds") => {
                let choices = [("both", Imds::Both), ("off", Imds::Off), ("v2", Imds::V2)];
                config.imds = choose(&mut parser, &choices)?;
            }
            Arg::Long("journal") => config.journal_capacity = parser.value()?.parse()?,
            Arg::Long("latency") => {
                config.latency = Some(parser.value()?.string()?.parse()?);
            }
            Arg::Long("max-skew") => {
                let lax = Duration::from_secs(31 * 60);
                config.max_skew = choose(&mut parser, &[("strict", STRICT_SKEW), ("lax", lax)])?;
            }
            Arg::Short('p') | Arg::Long("port") => config.port = parser.value()?.parse()?,
            Arg::Long("quota") => config.quota = Some(parser.value()?.parse()?),
            Arg::Long("ram-role") => config.ram_role = parser.value()?.string()?,
            Arg::Long("seed") => config.seed = parser.value()?.parse()?,
            Arg::Long("tls") => config.tls = true,
            Arg::Long("tls-certificate") => {
                config.tls = true;
                certificate = Some(PathBuf::from(parser.value()?));
            }
            Arg::Long("unknown-parameters") => {
                let choices =
                    [("note", UnknownParameters::Note), ("refuse", UnknownParameters::Refuse)];
                config.unknown_parameters = choose(&mut parser, &choices)?;
            }
            Arg::Value(word) if word == "health" => return health(&mut parser),
            Arg::Short('h') | Arg::Long("help") => return Ok(Command::Help),
            Arg::Short('V') | Arg::Long("version") => return Ok(Command::Version),
            other => return Err(other.unexpected().into()),
        }
    }
    keys.apply(&mut config.accounts);
    config.accounts.extend(accounts);
    Ok(Command::Serve { config: Box::new(config), certificate })
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
    fn apply(self, accounts: &mut [Account]) {
        let Some(account) = accounts.first_mut() else { return };
        if let Some(access_key) = self.access_key {
            account.access_key = access_key;
        }
        if let Some(secret_key) = self.secret_key {
            account.secret_key = secret_key.into();
        }
    }
}

/// Reads `name=..,access-key=..,secret-key=..[,id=..][,disabled]`.
fn account(text: &str) -> Result<Account, Error> {
    let mut account = Account::new("", "");
    account.id = "2234567890123456".into();
    for part in text.split(',') {
        match part.split_once('=') {
            Some(("name", value)) => account.name = value.into(),
            Some(("id", value)) => account.id = value.into(),
            Some(("access-key", value)) => account.access_key = value.into(),
            Some(("secret-key", value)) => account.secret_key = value.into(),
            None if part == "disabled" => account.active = false,
            // The part is not shown: it may be a secret with a typing mistake before it.
            _ => return Err(Error::Account("has name, id, access-key, secret-key and disabled")),
        }
    }
    if account.access_key.is_empty() || account.secret_key.is_empty() {
        return Err(Error::Account("needs access-key and secret-key"));
    }
    Ok(account)
}

/// Reads `FILE` or `REGION=FILE`.
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
