//! Numbers as Terraform has them: decimals of any length, never rounded.

use std::{fmt, str::FromStr};

/// A decimal number without loss.
///
/// ```
/// use terraform_provider_alicloud::value::Number;
///
/// // An account ID above 2^53, which a float would change.
/// let account: Number = "9007199254740993".parse().unwrap();
/// assert_eq!(account.as_i64(), Some(9_007_199_254_740_993));
/// assert_eq!(account.as_exact_f64(), None);
/// assert_eq!("1e3".parse::<Number>().unwrap(), "1000".parse().unwrap());
/// ```
///
/// Terraform keeps numbers with 512 bits and writes those that fit neither `i64` nor `f64` exactly
/// as decimal text. Equal numbers have equal representations, so the derived comparison is exact.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Number(Repr);

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
enum Repr {
    /// Every whole number within `i64`.
    Integer(i64),
    /// Everything else, as [`canonical`] text: no exponent, no needless zero.
    Decimal(Box<str>),
    /// The two infinities, the only numbers without digits.
    Infinity { negative: bool },
}

/// The most digits that an exponent may expand to. Terraform's own numbers have far fewer.
const MAX_DIGITS: usize = 4096;

/// A text that is not a decimal number, or one with more than 4,096 digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a decimal number")]
pub struct NotANumber;

impl Number {
    /// The number of a float. `None` for NaN, which Terraform does not have.
    pub fn from_f64(float: f64) -> Option<Self> {
        if float.is_nan() {
            return None;
        }
        if float.is_infinite() {
            return Some(Self(Repr::Infinity { negative: float < 0.0 }));
        }
        // `{:.1074}` writes every binary digit of a float exactly.
        format!("{float:.1074}").parse().ok()
    }

    /// The number as `i64`, if it is a whole number in that range.
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Repr::Integer(integer) => Some(integer),
            Repr::Decimal(_) | Repr::Infinity { .. } => None,
        }
    }

    /// The number as a float, only if the float is exact.
    pub fn as_exact_f64(&self) -> Option<f64> {
        let float = match &self.0 {
            Repr::Infinity { negative: true } => return Some(f64::NEG_INFINITY),
            Repr::Infinity { negative: false } => return Some(f64::INFINITY),
            Repr::Integer(integer) => *integer as f64,
            Repr::Decimal(text) => text.parse::<f64>().ok().filter(|float| float.is_finite())?,
        };
        (Self::from_f64(float).as_ref() == Some(self)).then_some(float)
    }

    /// Whether the number has no fraction.
    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Repr::Integer(_) => true,
            Repr::Decimal(text) => !text.contains('.'),
            Repr::Infinity { .. } => false,
        }
    }
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Self(Repr::Integer(integer))
    }
}

impl From<u64> for Number {
    fn from(integer: u64) -> Self {
        match i64::try_from(integer) {
            Ok(integer) => Self(Repr::Integer(integer)),
            Err(_) => Self(Repr::Decimal(integer.to_string().into())),
        }
    }
}

impl FromStr for Number {
    type Err = NotANumber;

    /// Reads `12`, `-0.50`, `1e3`. Surrounding white space, `+`, and forms such as `.5` are
    /// refused, as in JSON; leading zeros are accepted, because they change nothing.
    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let canonical = canonical(text).ok_or(NotANumber)?;
        Ok(match canonical.parse::<i64>() {
            Ok(integer) => Self(Repr::Integer(integer)),
            Err(_) => Self(Repr::Decimal(canonical.into())),
        })
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Integer(integer) => write!(f, "{integer}"),
            Repr::Decimal(text) => f.write_str(text),
            Repr::Infinity { negative: true } => f.write_str("-Inf"),
            Repr::Infinity { negative: false } => f.write_str("Inf"),
        }
    }
}

/// Expands the exponent and removes unnecessary zeros and the sign of zero.
fn canonical(text: &str) -> Option<String> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (mantissa, ""),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }

    let digits = format!("{whole}{fraction}");
    let point = i64::try_from(whole.len()).ok()? + i64::from(exponent);
    let unfolded = digits.len() + usize::try_from(exponent.unsigned_abs()).ok()?;
    if unfolded > MAX_DIGITS {
        return None;
    }
    let (whole, fraction) = match usize::try_from(point) {
        Err(_) | Ok(0) => {
            let zeros = usize::try_from(point.unsigned_abs()).ok()?;
            (String::new(), format!("{}{digits}", "0".repeat(zeros)))
        }
        Ok(point) if point >= digits.len() => {
            (format!("{digits}{}", "0".repeat(point - digits.len())), String::new())
        }
        Ok(point) => {
            let (whole, fraction) = digits.split_at(point);
            (whole.into(), fraction.into())
        }
    };

    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if negative && (whole != "0" || !fraction.is_empty()) { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{whole}{point}{fraction}"))
}

#[cfg(test)]
mod tests {
    use super::Number;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn equal_numbers_have_one_form() {
        assert_eq!(number("1.50"), number("1.5"));
        assert_eq!(number("15e-1"), number("1.5"));
        assert_eq!(number("-0"), number("0"));
        assert_eq!(number("100e-2"), Number::from(1_i64));
        assert_eq!(number("0.001e3"), Number::from(1_i64));
        assert_eq!(number("12e2").to_string(), "1200");
        assert_eq!(number("1e-3").to_string(), "0.001");
    }

    #[test]
    fn long_decimals_stay_as_they_are() {
        let long = "123456789012345678901234567890.125";
        assert_eq!(number(long).to_string(), long);
        assert_eq!(number("9223372036854775808").as_i64(), None);
        assert_eq!(number("9007199254740993").as_i64(), Some(9_007_199_254_740_993));
        assert_eq!(Number::from(u64::MAX).to_string(), "18446744073709551615");
    }

    #[test]
    fn a_float_is_accepted_only_if_it_is_exact() {
        assert_eq!(number("0.5").as_exact_f64(), Some(0.5));
        assert_eq!(number("0.1").as_exact_f64(), None);
        assert_eq!(number("9007199254740993").as_exact_f64(), None);
        assert_eq!(Number::from_f64(0.1).unwrap().as_exact_f64(), Some(0.1));
        assert_eq!(
            Number::from_f64(f64::MIN_POSITIVE).unwrap().as_exact_f64(),
            Some(f64::MIN_POSITIVE)
        );
        assert_eq!(
            Number::from_f64(f64::NEG_INFINITY).unwrap().as_exact_f64(),
            Some(f64::NEG_INFINITY)
        );
        assert!(Number::from_f64(f64::NAN).is_none());
    }

    #[test]
    fn invalid_numbers_are_rejected() {
        for text in [
            "", "-", "+1", ".5", "1.", "1e", "0x10", " 1", "1 ", "Inf", "NaN", "1e9999", "--1",
            "1.2.3",
        ] {
            assert!(text.parse::<Number>().is_err(), "{text:?}");
        }
    }
}
