//! Scenarios: every rule, call and answer of a run, recorded as lines of JSON and played back
//! strictly.
//!
//! A call matches a recorded one if action, region and parameters are the same, apart from those that
//! differ in every call (signature, nonce, timestamp, access key). Equal calls are answered in the
//! order of the recording; different ones may arrive in any order, as pages that are read at the same
//! time do. Credentials are never recorded: parameters that are secret are masked, and calls that return
//! credentials get new ones.

use std::{
    fmt,
    io::Write,
    str::FromStr,
    sync::{Arc, Mutex, MutexGuard},
};

use serde::{Deserialize, Serialize};

use super::message::is_of_every_call;
use crate::sync::lock;

/// Actions whose answers hold credentials.
const SECRET: &[&str] =
    &["AssumeRole", "AssumeRoleWithOIDC", "CreateKeyPair", "CredentialsUri", "Metadata"];

/// The version of the format.
const FORMAT: u32 = 1;

/// The first line of a scenario.
#[derive(Deserialize, Serialize)]
struct Head {
    /// The version of the format.
    scenario: u32,
    /// The fault rules at the start, for those who read it: the recorded answers are played back.
    rules: Vec<String>,
}

/// One call and its answer.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub(super) action: String,
    pub(super) region: String,
    /// The parameters that identify the call, in the order of their names.
    pub(super) parameters: Vec<(String, String)>,
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
    /// `None` for an answer that holds credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<String>,
}

impl Step {
    /// What identifies a call, from its parameters with secrets masked.
    pub(super) fn parameters(masked: &[(String, String)]) -> Vec<(String, String)> {
        let mut kept: Vec<_> = masked
            .iter()
            .filter(|(name, _)| !is_of_every_call(name))
            .filter(|(name, _)| !["BearerToken", "ClientToken"].contains(&name.as_str()))
            .cloned()
            .collect();
        kept.sort();
        kept
    }

    /// Whether the answer to an action holds credentials.
    pub(super) fn is_secret(action: &str) -> bool {
        SECRET.contains(&action)
    }

    fn matches(&self, action: &str, region: &str, parameters: &[(String, String)]) -> bool {
        self.action == action && self.region == region && self.parameters == parameters
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.action)?;
        for (name, value) in &self.parameters {
            write!(f, " {name}={value}")?;
        }
        Ok(())
    }
}

/// Where a scenario is recorded. Clones write to the same place.
#[derive(Clone)]
pub struct Recording(Arc<Mutex<dyn Write + Send>>);

impl Recording {
    /// A recording that is written line by line, each as soon as its call is answered.
    pub fn new(to: impl Write + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(to)))
    }

    pub(super) fn begin(&self, rules: Vec<String>) {
        self.line(&Head { scenario: FORMAT, rules });
    }

    pub(super) fn add(&self, step: &Step) {
        self.line(step);
    }

    fn line(&self, value: &impl Serialize) {
        let Ok(mut line) = serde_json::to_vec(value) else { return };
        line.push(b'\n');
        let mut to = lock(&self.0);
        // A full disk must not change what the mock answers; the scenario ends early.
        let _ = to.write_all(&line).and_then(|()| to.flush());
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
/// assert_eq!(server.unplayed(), Vec::<String>::new());
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
        let step = |(at, line): (usize, &str)| {
            serde_json::from_str(line).map_err(|cause| wrong(at, cause.to_string()))
        };
        lines.map(step).collect::<Result<_, _>>().map(Self)
    }
}

/// A scenario that is being played back.
pub(super) struct Replay {
    all: Vec<Step>,
    left: Mutex<Vec<Step>>,
}

impl Replay {
    pub(super) fn new(scenario: Scenario) -> Self {
        Self { left: Mutex::new(scenario.0.clone()), all: scenario.0 }
    }

    /// Takes the first recorded call that matches; otherwise the text of a refusal.
    pub(super) fn take(
        &self,
        action: &str,
        region: &str,
        parameters: &[(String, String)],
    ) -> Result<Step, String> {
        let mut left = self.left();
        let found = left.iter().position(|step| step.matches(action, region, parameters));
        if let Some(at) = found {
            return Ok(left.remove(at));
        }
        let next = left.iter().find(|step| step.action == action).or_else(|| left.first());
        Err(match next {
            Some(next) => format!("The scenario has no such call left. It has: {next}"),
            None => "The scenario has no call left.".to_owned(),
        })
    }

    /// The recorded calls that did not arrive.
    pub(super) fn unplayed(&self) -> Vec<String> {
        self.left().iter().map(ToString::to_string).collect()
    }

    pub(super) fn reset(&self) {
        *self.left() = self.all.clone();
    }

    fn left(&self) -> MutexGuard<'_, Vec<Step>> {
        lock(&self.left)
    }
}
