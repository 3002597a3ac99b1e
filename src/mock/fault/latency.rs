//! How long a call takes.

use std::{f64::consts::TAU, fmt, str::FromStr, time::Duration};

use super::RuleError;
use crate::mock::random;

/// How long a call takes: a constant, a range, or a log-normal distribution with a median and a
/// standard deviation of the logarithm.
///
/// ```
/// use terraform_provider_alicloud::mock::Latency;
///
/// for text in ["50ms", "10ms..50ms", "lognormal:50ms/0.5"] {
///     assert_eq!(text.parse::<Latency>()?.to_string(), text);
/// }
/// # Ok::<(), terraform_provider_alicloud::mock::RuleError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latency(Distribution);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Distribution {
    Fixed(Pause),
    /// With this median, and this standard deviation of the logarithm.
    LogNormal(Pause, f64),
    /// Each value between the two equally likely.
    Uniform(Pause, Pause),
}

/// Whole milliseconds, written as `50ms`, `2s` or `1m`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, PartialOrd)]
pub(crate) struct Pause(pub(super) u64);

/// No call takes longer.
const LONGEST: u64 = 3_600_000;

impl Latency {
    /// A latency that is the same for every call.
    pub fn fixed(latency: Duration) -> Self {
        let millis = u64::try_from(latency.as_millis()).unwrap_or(LONGEST);
        Self(Distribution::Fixed(Pause(millis.min(LONGEST))))
    }

    /// The time, if it is always the same.
    pub(crate) fn fixed_time(&self) -> Result<Duration, RuleError> {
        match self.0 {
            Distribution::Fixed(pause) => Ok(pause.duration()),
            _ => Err(RuleError::new(&self.to_string(), "must be a fixed time")),
        }
    }

    /// The latency that this random number stands for.
    pub(crate) fn draw(&self, dice: u64) -> Duration {
        let millis = match self.0 {
            Distribution::Fixed(pause) => return pause.duration(),
            Distribution::Uniform(from, to) => {
                from.0 as f64 + (to.0 - from.0) as f64 * random::fraction(dice, 0)
            }
            Distribution::LogNormal(median, sigma) => {
                // Source: the Box-Muller transform.
                let radius = (-2.0 * (1.0 - random::fraction(dice, 0)).ln()).sqrt();
                let normal = radius * (TAU * random::fraction(dice, 1)).cos();
                median.0 as f64 * (sigma * normal).exp()
            }
        };
        Duration::from_secs_f64(millis.min(LONGEST as f64) / 1000.0)
    }
}

impl FromStr for Latency {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let wrong = |reason| RuleError::new(text, reason);
        if let Some(rest) = text.strip_prefix("lognormal:") {
            let (median, sigma) = rest
                .split_once('/')
                .ok_or_else(|| wrong("is not of the form lognormal:MEDIAN/SIGMA"))?;
            let sigma: f64 =
                sigma.parse().map_err(|_| wrong("has a SIGMA that is not a number"))?;
            if !(0.0..=10.0).contains(&sigma) {
                return Err(wrong("has a SIGMA that is not between 0 and 10"));
            }
            return Ok(Self(Distribution::LogNormal(median.parse()?, sigma)));
        }
        if let Some((from, to)) = text.split_once("..") {
            let (from, to) = (from.parse::<Pause>()?, to.parse::<Pause>()?);
            if from > to {
                return Err(wrong("ends before it begins"));
            }
            return Ok(Self(Distribution::Uniform(from, to)));
        }
        Ok(Self(Distribution::Fixed(text.parse()?)))
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Distribution::Fixed(pause) => pause.fmt(f),
            Distribution::LogNormal(median, sigma) => write!(f, "lognormal:{median}/{sigma}"),
            Distribution::Uniform(from, to) => write!(f, "{from}..{to}"),
        }
    }
}

impl FromStr for Pause {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let wrong = || RuleError::new(text, "is not a time such as 50ms, 2s or 1m");
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let factor = match text.strip_prefix(digits) {
            Some("ms") => 1,
            Some("s") => 1_000,
            Some("m") => 60_000,
            _ => return Err(wrong()),
        };
        let number: u64 = digits.parse().map_err(|_| wrong())?;
        let millis = number.checked_mul(factor).filter(|millis| *millis <= LONGEST);
        millis.map(Self).ok_or_else(|| RuleError::new(text, "is longer than an hour"))
    }
}

impl fmt::Display for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}ms", self.0)
    }
}
