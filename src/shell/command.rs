//! The command line: options, and the arguments of the data source as `NAME=VALUE`. A table of the
//! options is what the usage and the completion scripts are made from.

use std::ffi::OsString;

use lexopt::{Arg, Parser, ValueExt};

use super::{
    Format,
    argument::{self, Refused},
};
use crate::{
    alicloud::endpoint::is_region,
    text::{SHOWN, sanitize},
    value::Value,
};

/// What the command line specifies to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Print the completion script of a shell.
    Completions(Shell),
    /// Print the usage.
    Help,
    /// Look up images.
    LookUp(LookUpOptions),
    /// Print the version.
    Version,
    /// Print which credentials are used.
    WhoAmI {
        /// The profile.
        profile: Option<String>,
        /// The region.
        region: Option<String>,
        /// Whether to log the calls.
        verbose: bool,
    },
}

impl Command {
    /// Whether to log the calls.
    pub fn is_verbose(&self) -> bool {
        match self {
            Self::LookUp(options) => options.verbose,
            Self::WhoAmI { verbose, .. } => *verbose,
            Self::Completions(_) | Self::Help | Self::Version => false,
        }
    }
}

/// What to look up, where, and how to show it.
#[derive(Clone, Debug, PartialEq)]
pub struct LookUpOptions {
    /// The data block, without its region if `regions` has one.
    pub block: Value,
    /// The regions, in order and without duplicates; empty for the configured region.
    pub regions: Vec<String>,
    /// The profile.
    pub profile: Option<String>,
    /// The format of the result.
    pub format: Format,
    /// Whether to log the calls.
    pub verbose: bool,
}

/// A shell with a completion script.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shell {
    /// GNU Bash.
    Bash,
    /// fish.
    Fish,
    /// Z shell.
    Zsh,
}

/// The shells by name.
pub(super) const SHELLS: [(&str, Shell); 3] =
    [("bash", Shell::Bash), ("zsh", Shell::Zsh), ("fish", Shell::Fish)];

/// An option of the command line.
pub(super) struct CommandOption {
    /// The name without the hyphens.
    pub(super) name: &'static str,
    /// The short form; empty if there is none.
    pub(super) letter: &'static str,
    /// The placeholder for its value; empty if it has none.
    pub(super) value: &'static str,
    /// What it does.
    pub(super) meaning: &'static str,
}

/// The options, for the usage and for completion.
pub(super) const OPTIONS: &[CommandOption] = &[
    CommandOption {
        name: "region",
        letter: "",
        value: "REGION",
        meaning: "the region; repeat it to look in several",
    },
    CommandOption {
        name: "profile",
        letter: "",
        value: "PROFILE",
        meaning: "the profile of the CLI's configuration file",
    },
    CommandOption {
        name: "format",
        letter: "",
        value: "FORMAT",
        meaning: "table (the default), json, ids or api",
    },
    CommandOption {
        name: "verbose",
        letter: "v",
        value: "",
        meaning: "log every call and the credential source to stderr",
    },
    CommandOption { name: "help", letter: "h", value: "", meaning: "print this text" },
    CommandOption { name: "version", letter: "V", value: "", meaning: "print the version" },
];

/// The commands other than a lookup, for the usage and for completion.
pub(super) const COMMANDS: [(&str, &str); 2] = [
    ("whoami", "which credentials are used, and the account that they belong to"),
    ("completions", "the completion script for bash, zsh or fish"),
];

/// A command line that is not valid.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An argument of the lookup is unknown, repeated, or not of its type.
    #[error(transparent)]
    Argument(#[from] Refused),
    /// Two parts of the command line contradict each other, or one is missing.
    #[error("{0}")]
    Conflict(&'static str),
    /// An option is unknown, has no value, or has a value that is not valid.
    #[error("{}", sanitize(&.0.to_string(), SHOWN))]
    Option(#[from] lexopt::Error),
}

/// The parts of a command line.
#[derive(Default)]
struct Words {
    command: Option<&'static str>,
    arguments: Vec<String>,
    regions: Vec<String>,
    profile: Option<String>,
    format: Option<Format>,
    verbose: bool,
}

/// Reads the command line, without the name of the program.
///
/// # Errors
///
/// When it is not valid.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, Error> {
    let mut parser = Parser::from_args(arguments);
    let mut words = Words::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("region") => {
                let region = parser.value()?.parse_with(region)?;
                if !words.regions.contains(&region) {
                    words.regions.push(region);
                }
            }
            Arg::Long("profile") => words.profile = Some(parser.value()?.parse_with(profile)?),
            Arg::Short('v') | Arg::Long("verbose") => words.verbose = true,
            Arg::Long("format") => {
                words.format = Some(choose(&mut parser, "format", &Format::ALL)?);
            }
            Arg::Short('h') | Arg::Long("help") => return Ok(Command::Help),
            Arg::Short('V') | Arg::Long("version") => return Ok(Command::Version),
            Arg::Value(word) => words.add(word.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    words.command()
}

impl Words {
    fn add(&mut self, word: String) {
        let is_first = self.command.is_none() && self.arguments.is_empty();
        let command = COMMANDS.iter().find(|(name, _)| is_first && *name == word);
        match command {
            Some((name, _)) => self.command = Some(name),
            None => self.arguments.push(word),
        }
    }

    fn command(mut self) -> Result<Command, Error> {
        match self.command {
            Some("whoami") => self.who_am_i(),
            Some(_) => self.completions(),
            None => self.look_up().map(Command::LookUp),
        }
    }

    fn who_am_i(&mut self) -> Result<Command, Error> {
        if !self.arguments.is_empty() || self.format.is_some() {
            return Err(Error::Conflict("whoami takes --profile, --region and --verbose only"));
        }
        if self.regions.len() > 1 {
            return Err(Error::Conflict("whoami takes one --region"));
        }
        let (profile, region) = (self.profile.take(), self.regions.pop());
        Ok(Command::WhoAmI { profile, region, verbose: self.verbose })
    }

    fn completions(&self) -> Result<Command, Error> {
        let has_options = !self.regions.is_empty()
            || self.profile.is_some()
            || self.format.is_some()
            || self.verbose;
        let shell = match &*self.arguments {
            [name] if !has_options => SHELLS.iter().find(|(known, _)| known == name),
            _ => None,
        };
        let (_, shell) = shell.ok_or(Error::Conflict("completions takes bash, zsh or fish"))?;
        Ok(Command::Completions(*shell))
    }

    fn look_up(self) -> Result<LookUpOptions, Error> {
        let block = argument::block(&self.arguments)?;
        let format = self.format.unwrap_or_default();
        if !block.attribute("region").is_null() && !self.regions.is_empty() {
            return Err(Error::Conflict("region= and --region are both given; use --region"));
        }
        if format == Format::Api && self.regions.len() > 1 {
            return Err(Error::Conflict(
                "--format api prints one response of the service, so it takes one --region",
            ));
        }
        if block.attribute("output_file").as_str().is_some_and(|file| !file.is_empty())
            && self.regions.len() > 1
        {
            return Err(Error::Conflict("output_file is one file, so it takes one --region"));
        }
        let Self { regions, profile, verbose, .. } = self;
        Ok(LookUpOptions { block, regions, profile, format, verbose })
    }
}

/// Reads the value of `--region`. An empty `region` in a provider block selects another source; here it is an error,
/// because it usually results from an unset variable in a script.
fn region(text: &str) -> Result<String, &'static str> {
    match is_region(text) {
        true => Ok(text.to_owned()),
        false => Err("--region must be a region ID, such as cn-hangzhou"),
    }
}

/// Reads the value of `--profile`; see [`region`].
fn profile(text: &str) -> Result<String, &'static str> {
    if text.is_empty() { Err("--profile must not be empty") } else { Ok(text.to_owned()) }
}

/// Reads one of a few words.
fn choose<T: Copy>(
    parser: &mut Parser,
    option: &str,
    choices: &[(&'static str, T)],
) -> Result<T, lexopt::Error> {
    parser.value()?.parse_with(|text| {
        let chosen = choices.iter().find(|(word, _)| *word == text);
        let words = || choices.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        chosen
            .map(|(_, value)| *value)
            .ok_or_else(|| format!("--{option} must be one of {}", words()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command, String> {
        parse(line.split_whitespace().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn options_and_arguments_may_be_in_any_order() {
        let line = "--region cn-a owners=system --format=ids --region cn-b --region cn-a \
                    name_regex=^a=b --profile dev";
        let Ok(Command::LookUp(options)) = read(line) else { panic!("a lookup") };
        assert_eq!(options.regions, ["cn-a", "cn-b"]);
        assert_eq!((options.profile.as_deref(), options.format), (Some("dev"), Format::Ids));
        assert_eq!(options.block.attribute("name_regex").as_str(), Some("^a=b"));
    }

    #[test]
    fn commands_are_words_without_an_equals_sign() {
        let (profile, region) = (Some("dev".to_owned()), Some("cn-a".to_owned()));
        let who = Command::WhoAmI { profile, region, verbose: true };
        assert_eq!(read("whoami --profile dev --region cn-a -v"), Ok(who));
        assert_eq!(read("completions zsh"), Ok(Command::Completions(Shell::Zsh)));
        assert_eq!(read("owners=self --version"), Ok(Command::Version));
        assert_eq!(read("whoami -h"), Ok(Command::Help));
    }

    #[test]
    fn invalid_options_are_reported() {
        for (line, expected) in [
            ("--frmat ids", "invalid option '--frmat'"),
            ("--format yaml", "one of table, json, ids, api"),
            ("--region", "missing argument for option '--region'"),
            ("owners", "\"owners\" is not of the form ARGUMENT=VALUE"),
            ("region=cn-a --region cn-b", "both given"),
            ("owners=self --format api --region cn-a --region cn-b", "one --region"),
            ("owners=self output_file=f --region cn-a --region cn-b", "one --region"),
            ("--region= owners=self", "\"\": --region must be a region ID"),
            ("whoami --region a.b", "--region must be a region ID"),
            ("--profile= owners=self", "--profile must not be empty"),
            ("--\u{1b}[31m", "invalid option '-- [31m'"),
            ("whoami owners=self", "whoami takes"),
            ("whoami --region cn-a --region cn-b", "whoami takes one"),
            ("completions", "completions takes"),
            ("completions tcsh", "completions takes"),
            ("completions bash --region cn-a", "completions takes"),
        ] {
            let error = read(line).unwrap_err();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
