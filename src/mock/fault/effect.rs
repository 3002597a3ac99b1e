//! The effects that a rule can have on a call, with their text forms, and the latency of a call.

use std::{f64::consts::TAU, fmt, str::FromStr, time::Duration};

use super::RuleError;
use crate::mock::{message::Refusal, repeatable};

/// One effect on a call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    /// A body instead of the response.
    Canned(Canned),
    /// Images are created (or deleted) before the response.
    Catalog(i64),
    /// The response is delivered in an unusual way.
    Delivery(Delivery),
    /// The response is delayed.
    Latency(Latency),
    /// Nothing.
    Plain,
    /// An error of the API.
    Refusal(Refusal),
    /// The headers `Retry-After` and `x-acs-retry-after`, in seconds.
    RetryAfter(u64),
    /// The first page, whichever page the call requests.
    SamePage,
    /// The clock is ahead by this many seconds.
    Skew(i64),
    /// Another `TotalCount`.
    Total(Total),
}

/// A body instead of the response.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Canned {
    pub(crate) status: u16,
    pub(crate) html: bool,
    pub(crate) text: String,
    /// The effect in its text form.
    spelling: String,
}

/// How a response reaches the client.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) enum Delivery {
    /// The connection is closed instead of sending a response.
    Close,
    /// Bytes that are not HTTP.
    Garbage,
    /// The HTTP/2 frame GOAWAY: no call in flight on the connection was processed.
    GoAway(ErrorCode),
    /// Only the direction towards the client is closed.
    HalfClose,
    /// Nothing is sent for ten minutes.
    Hang,
    /// The connection is reset instead of sending a response.
    Reset,
    /// The HTTP/2 frame RST_STREAM instead of a response.
    ResetStream(ErrorCode),
    /// Nothing is sent on the whole connection, not even HTTP/2 pings, and it stays open.
    Silence,
    /// A few bytes at a time, with a pause after each.
    Slow {
        /// Bytes.
        bytes: usize,
        /// Pause.
        pause: Pause,
    },
    /// The connection ends after this many bytes of the body, or in its middle.
    Truncated(Option<usize>),
    /// The response is delivered normally.
    #[default]
    Whole,
}

/// An HTTP/2 error code, by its number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct ErrorCode(pub(crate) u32);

impl ErrorCode {
    /// The names, by number. Source: RFC 9113, section 7.
    const NAMES: [&str; 14] = [
        "NO_ERROR",
        "PROTOCOL_ERROR",
        "INTERNAL_ERROR",
        "FLOW_CONTROL_ERROR",
        "SETTINGS_TIMEOUT",
        "STREAM_CLOSED",
        "FRAME_SIZE_ERROR",
        "REFUSED_STREAM",
        "CANCEL",
        "COMPRESSION_ERROR",
        "CONNECT_ERROR",
        "ENHANCE_YOUR_CALM",
        "INADEQUATE_SECURITY",
        "HTTP_1_1_REQUIRED",
    ];

    fn read(name: &str) -> Result<Self, RuleError> {
        let number = Self::NAMES.iter().position(|known| known.eq_ignore_ascii_case(name));
        let number = number.and_then(|number| u32::try_from(number).ok());
        let unknown = || RuleError::new(name, "is not the name of an HTTP/2 error code");
        number.map(Self).ok_or_else(unknown)
    }

    fn name(self) -> &'static str {
        let at = usize::try_from(self.0).ok();
        at.and_then(|at| Self::NAMES.get(at)).copied().unwrap_or("NO_ERROR")
    }
}

/// A wrong `TotalCount`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Total {
    /// This many more, or fewer.
    Off(i64),
    /// This number.
    Is(u64),
}

impl Total {
    pub(crate) fn instead_of(self, count: u64) -> u64 {
        match self {
            Self::Is(count) => count,
            Self::Off(by) => count.saturating_add_signed(by),
        }
    }
}

/// The page that load balancers return.
const HTML: &str = "<html>\r\n<head><title>Bad Gateway</title></head>\r\n<body>\r\n<center><h1>Bad Gateway</h1></center>\r\n<hr><center>Tengine</center>\r\n</body>\r\n</html>\r\n";

/// Text that is neither JSON nor XML.
const NOISE: &str = "\u{1}\u{2}{\"Images\": \u{fffd}\u{fffd}<<>>]]";

impl Effect {
    /// Reads `name` or `name:argument`.
    pub(super) fn parse(text: &str) -> Result<Self, RuleError> {
        let (name, argument) = match text.split_once(':') {
            Some((name, argument)) => (name, Some(argument)),
            None => (text, None),
        };
        let wrong = || RuleError::new(text, "is not an action of a rule");
        let needed =
            || argument.ok_or_else(|| RuleError::new(text, "needs a value after the colon"));
        let number =
            |text: &str| text.parse().map_err(|_| RuleError::new(text, "is not a whole number"));
        Ok(match name {
            "body" => Self::Canned(Canned::new(200, false, needed()?, text)),
            // The second spelling is the one that version 0.1 had.
            "catalog" | "catalogue" => Self::Catalog(number(needed()?)?),
            "close" => Self::Delivery(Delivery::Close),
            "empty" => Self::Canned(Canned::new(200, false, "", text)),
            "error" => Self::Refusal(refusal(needed()?)?),
            "garbage" => Self::Delivery(Delivery::Garbage),
            "garbage-body" => Self::Canned(Canned::new(200, false, NOISE, text)),
            "goaway" => {
                let code = ErrorCode::read(argument.unwrap_or("NO_ERROR"))?;
                Self::Delivery(Delivery::GoAway(code))
            }
            "half-close" => Self::Delivery(Delivery::HalfClose),
            "hang" => Self::Delivery(Delivery::Hang),
            "html" => {
                Self::Canned(Canned::new(status(argument.unwrap_or("502"))?, true, HTML, text))
            }
            "latency" => Self::Latency(needed()?.parse()?),
            "ok" => Self::Plain,
            "reset" => Self::Delivery(Delivery::Reset),
            "retry-after" => Self::RetryAfter(number(needed()?)?.unsigned_abs()),
            "rst-stream" => {
                let code = ErrorCode::read(argument.unwrap_or("INTERNAL_ERROR"))?;
                Self::Delivery(Delivery::ResetStream(code))
            }
            "same-page" => Self::SamePage,
            "silence" => Self::Delivery(Delivery::Silence),
            "skew" => Self::Skew(number(needed()?)?),
            "slow" => Self::Delivery(slow(argument.unwrap_or("16/100ms"))?),
            "throttle" => Self::Refusal(Refusal::known("Throttling.User")),
            "total" => Self::Total(total(needed()?)?),
            "truncate" => {
                let bytes = argument.map(number).transpose()?;
                let bytes = bytes.map(|bytes| usize::try_from(bytes).map_err(|_| wrong()));
                Self::Delivery(Delivery::Truncated(bytes.transpose()?))
            }
            _ => return Err(wrong()),
        })
    }
}

/// Reads `CODE`, `CODE:STATUS` or `CODE:STATUS:MESSAGE`.
fn refusal(text: &str) -> Result<Refusal, RuleError> {
    let mut parts = text.splitn(3, ':');
    let mut refusal = Refusal::known(parts.next().unwrap_or_default());
    if refusal.code.is_empty() {
        return Err(RuleError::new(text, "names no error code"));
    }
    if let Some(text) = parts.next().filter(|text| !text.is_empty()) {
        refusal = refusal.with_status(status(text)?);
    }
    if let Some(message) = parts.next() {
        refusal = refusal.with_message(message.to_owned());
    }
    Ok(refusal)
}

fn status(text: &str) -> Result<u16, RuleError> {
    let status = text.parse().ok().filter(|status| (200..600).contains(status));
    status.ok_or_else(|| RuleError::new(text, "is not an HTTP status from 200 to 599"))
}

/// Reads `BYTES/PAUSE`.
fn slow(text: &str) -> Result<Delivery, RuleError> {
    let wrong = || RuleError::new(text, "is not of the form BYTES/PAUSE, such as 16/100ms");
    let (bytes, pause) = text.split_once('/').ok_or_else(wrong)?;
    let bytes = bytes.parse().ok().filter(|bytes| *bytes > 0).ok_or_else(wrong)?;
    Ok(Delivery::Slow { bytes, pause: pause.parse()? })
}

/// Reads `+N`, `-N` or `N`.
fn total(text: &str) -> Result<Total, RuleError> {
    let wrong = |_| RuleError::new(text, "is not of the form +N, -N or N");
    if text.starts_with(['+', '-']) {
        return text.parse().map(Total::Off).map_err(wrong);
    }
    text.parse().map(Total::Is).map_err(wrong)
}

impl Canned {
    fn new(status: u16, html: bool, text: &str, spelling: &str) -> Self {
        Self { status, html, text: text.to_owned(), spelling: spelling.to_owned() }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Canned(canned) => f.write_str(&canned.spelling),
            Self::Catalog(images) => write!(f, "catalog:{images:+}"),
            Self::Delivery(delivery) => delivery.fmt(f),
            Self::Latency(latency) => write!(f, "latency:{latency}"),
            Self::Plain => f.write_str("ok"),
            Self::Refusal(refusal) => {
                let known = Refusal::known(&refusal.code);
                write!(f, "error:{}", refusal.code)?;
                if refusal.message != known.message {
                    write!(f, ":{}:{}", refusal.status, refusal.message)
                } else if refusal.status != known.status {
                    write!(f, ":{}", refusal.status)
                } else {
                    Ok(())
                }
            }
            Self::RetryAfter(seconds) => write!(f, "retry-after:{seconds}"),
            Self::SamePage => f.write_str("same-page"),
            Self::Skew(seconds) => write!(f, "skew:{seconds}"),
            Self::Total(Total::Is(count)) => write!(f, "total:{count}"),
            Self::Total(Total::Off(by)) => write!(f, "total:{by:+}"),
        }
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Close => f.write_str("close"),
            Self::Garbage => f.write_str("garbage"),
            Self::GoAway(code) => write!(f, "goaway:{}", code.name()),
            Self::HalfClose => f.write_str("half-close"),
            Self::Hang => f.write_str("hang"),
            Self::Reset => f.write_str("reset"),
            Self::ResetStream(code) => write!(f, "rst-stream:{}", code.name()),
            Self::Silence => f.write_str("silence"),
            Self::Slow { bytes, pause } => write!(f, "slow:{bytes}/{pause}"),
            Self::Truncated(None) => f.write_str("truncate"),
            Self::Truncated(Some(bytes)) => write!(f, "truncate:{bytes}"),
            Self::Whole => f.write_str("ok"),
        }
    }
}

impl Pause {
    /// As a duration.
    pub(crate) fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }
}

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
    /// Every value between the two is equally likely.
    Uniform(Pause, Pause),
}

/// Whole milliseconds, written as `50ms`, `2s` or `1m`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, PartialOrd)]
pub(crate) struct Pause(pub(super) u64);

/// The longest latency, in milliseconds.
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

    /// The latency for this random number.
    pub(crate) fn draw(&self, dice: u64) -> Duration {
        let millis = match self.0 {
            Distribution::Fixed(pause) => return pause.duration(),
            Distribution::Uniform(from, to) => {
                from.0 as f64 + (to.0 - from.0) as f64 * repeatable::fraction(dice, 0)
            }
            Distribution::LogNormal(median, sigma) => {
                // Source: the Box-Muller transform.
                let radius = (-2.0 * (1.0 - repeatable::fraction(dice, 0)).ln()).sqrt();
                let normal = radius * (TAU * repeatable::fraction(dice, 1)).cos();
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
                return Err(wrong("ends before it starts"));
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
