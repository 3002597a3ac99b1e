//! Scenarios: every rule, call and response of a run, recorded as lines of JSON and played back
//! strictly. Changes between calls (rules, the clock, images, a reset) are recorded too, but only for readers of the
//! file: the recorded responses already reflect them.
//!
//! A call matches a recorded one if action, region and parameters are the same, apart from those that
//! differ in every call (signature, nonce, timestamp, access key). Equal calls get their responses in the
//! order of the recording; different ones may arrive in any order, as pages that are read at the same
//! time do. Credentials are never recorded: parameters that are secret are masked, and calls that return
//! credentials get new ones.

use std::{
    fmt,
    io::{self, Write},
    str::FromStr,
    sync::{Arc, Mutex, MutexGuard},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::message::{Parameters, is_of_every_call};
use crate::sync::lock;

/// Actions with credentials in their responses.
const SECRET_ACTIONS: &[&str] =
    &["AssumeRole", "AssumeRoleWithOIDC", "CreateKeyPair", "CredentialsUri", "Metadata"];

/// The version of the format.
const FORMAT: u32 = 1;

/// The first line of a scenario.
#[derive(Deserialize, Serialize)]
struct Head {
    /// The version of the format.
    scenario: u32,
    /// The fault rules at the start, only for readers of the file: the recorded responses are
    /// played back.
    rules: Vec<String>,
}

/// A change between calls.
#[derive(Serialize)]
struct Event<'a> {
    event: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    what: &'a str,
}

/// What identifies a call. Equal calls get their responses in the order of the recording.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Call {
    pub(super) action: String,
    /// The path of a call to the metadata service, which has no action; empty for others.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) path: String,
    pub(super) region: String,
    /// The parameters that identify the call, in the order of their names.
    pub(super) parameters: Vec<(String, String)>,
}

impl Call {
    /// The parameters that identify a call. `masked` are all its parameters with secrets masked.
    pub(super) fn parameters(masked: &Parameters) -> Vec<(String, String)> {
        let mut kept: Vec<_> = masked
            .iter()
            .filter(|(name, _)| !is_of_every_call(name))
            .filter(|(name, _)| !["BearerToken", "ClientToken"].contains(name))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        kept.sort();
        kept
    }

    /// Whether its response contains credentials.
    pub(super) fn is_secret(&self) -> bool {
        SECRET_ACTIONS.contains(&self.action.as_str())
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.action)?;
        if !self.path.is_empty() {
            write!(f, " {}", self.path)?;
        }
        for (name, value) in &self.parameters {
            write!(f, " {name}={value}")?;
        }
        Ok(())
    }
}

/// One call and its response.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Step {
    #[serde(flatten)]
    pub(super) call: Call,
    pub(super) status: u16,
    /// The error code; empty for success.
    pub(super) code: String,
    pub(super) content_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) retry_after: Option<u64>,
    pub(super) delay_ms: u64,
    /// The delivery fault, as in a fault rule; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) delivery: String,
    /// `None` for a response that contains credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<String>,
}

/// Where a scenario is recorded. Clones write to the same place.
#[derive(Clone)]
pub struct Recording(Arc<Mutex<Sink<dyn Write + Send>>>);

struct Sink<W: ?Sized> {
    /// The error of the first failed write. Nothing is written after it, because a scenario with a missing call in
    /// the middle would be played back incorrectly.
    failed: Option<io::Error>,
    to: W,
}

impl Recording {
    /// A recording that is written line by line, each as soon as its call has a response.
    pub fn new(to: impl Write + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(Sink { failed: None, to })))
    }

    /// The write error that left the scenario incomplete, if any. Such an error, for example a full disk, does not
    /// change what the mock returns.
    pub fn take_error(&self) -> Option<io::Error> {
        lock(&self.0).failed.take()
    }

    pub(super) fn begin(&self, rules: Vec<String>) {
        self.line(&Head { scenario: FORMAT, rules });
    }

    pub(super) fn add(&self, step: &Step) {
        self.line(step);
    }

    /// Records a change between calls.
    pub(super) fn event(&self, event: &str, what: &str) {
        self.line(&Event { event, what });
    }

    fn line(&self, value: &impl Serialize) {
        let Ok(mut line) = serde_json::to_vec(value) else { return };
        line.push(b'\n');
        let mut sink = lock(&self.0);
        if sink.failed.is_none() {
            let written = sink.to.write_all(&line);
            sink.failed = written.and_then(|()| sink.to.flush()).err();
        }
    }
}

/// A scenario to play back.
///
/// ```
/// use terraform_provider_alicloud::mock::{Config, Scenario, Server};
///
/// let text = r#"{"scenario": 1, "rules": []}"#;
/// let config = Config { replay: Some(text.parse::<Scenario>()?), ..Config::default() };
/// let server = Server::start(config).unwrap();
/// assert!(server.mismatches().is_empty());
/// # Ok::<(), terraform_provider_alicloud::mock::ScenarioError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Scenario(Vec<Step>);

/// A scenario that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct ScenarioError {
    line: usize,
    reason: String,
}

impl FromStr for Scenario {
    type Err = ScenarioError;

    fn from_str(text: &str) -> Result<Self, ScenarioError> {
        let wrong = |line: usize, reason: String| ScenarioError { line: line + 1, reason };
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let (at, head) = lines.next().ok_or_else(|| wrong(0, "there is no scenario".to_owned()))?;
        let head: Head =
            serde_json::from_str(head).map_err(|cause| wrong(at, cause.to_string()))?;
        if head.scenario != FORMAT {
            return Err(wrong(at, format!("the format {} is not known", head.scenario)));
        }
        let mut steps = Vec::new();
        for (at, line) in lines {
            let wrong = |cause: serde_json::Error| wrong(at, cause.to_string());
            let value: Value = serde_json::from_str(line).map_err(wrong)?;
            if value.get("event").is_none() {
                steps.push(serde_json::from_value(value).map_err(wrong)?);
            }
        }
        Ok(Self(steps))
    }
}

/// How a run differs from the scenario that is played back.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Mismatches {
    /// Recorded calls that did not arrive.
    pub unplayed: Vec<String>,
    /// Calls that arrived but are not in the scenario, or arrived more often than they are in it.
    pub surplus: Vec<String>,
}

impl Mismatches {
    /// Whether there is no difference.
    pub fn is_empty(&self) -> bool {
        self.unplayed.is_empty() && self.surplus.is_empty()
    }
}

impl fmt::Display for Mismatches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("these calls did not arrive", &self.unplayed),
            ("these calls are not in the scenario", &self.surplus),
        ];
        let parts = parts.iter().filter(|(_, calls)| !calls.is_empty());
        let part =
            |(text, calls): &(&str, &Vec<String>)| format!("{text}:\n  {}", calls.join("\n  "));
        f.write_str(&parts.map(part).collect::<Vec<_>>().join("\n"))
    }
}

/// How many calls that are not in the scenario are remembered.
const SURPLUS: usize = 1_000;

/// A scenario that is being played back.
pub(super) struct Replay {
    all: Vec<Step>,
    state: Mutex<State>,
}

struct State {
    left: Vec<Step>,
    surplus: Vec<String>,
}

impl Replay {
    pub(super) fn new(scenario: Scenario) -> Self {
        let all = scenario.0;
        Self { state: Mutex::new(State { left: all.clone(), surplus: Vec::new() }), all }
    }

    /// The first recorded call that is the same, or the text of the refusal if there is none. The
    /// call stays in the scenario until [`Replay::played`].
    pub(super) fn find(&self, call: &Call) -> Result<Step, String> {
        let mut state = self.state();
        if let Some(step) = state.left.iter().find(|step| step.call == *call) {
            return Ok(step.clone());
        }
        if state.surplus.len() < SURPLUS {
            state.surplus.push(call.to_string());
        }
        let of_action = state.left.iter().find(|step| step.call.action == call.action);
        Err(match of_action.or_else(|| state.left.first()) {
            Some(next) => format!("The scenario has no such call left. It has: {}", next.call),
            None => "The scenario has no call left.".to_owned(),
        })
    }

    /// Removes the first recorded call that is the same, because its response was used.
    pub(super) fn played(&self, call: &Call) {
        let mut state = self.state();
        if let Some(at) = state.left.iter().position(|step| step.call == *call) {
            state.left.remove(at);
        }
    }

    pub(super) fn mismatches(&self) -> Mismatches {
        let state = self.state();
        let unplayed = state.left.iter().map(|step| step.call.to_string()).collect();
        Mismatches { unplayed, surplus: state.surplus.clone() }
    }

    pub(super) fn reset(&self) {
        *self.state() = State { left: self.all.clone(), surplus: Vec::new() };
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}
