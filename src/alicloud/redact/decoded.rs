//! The decodings of a text, each with the way back: which part of the text a part of the decoding
//! stands for.

use std::ops::Range;

/// A text, decoded.
pub(super) struct Decoded {
    /// What the text stands for.
    pub(super) bytes: Vec<u8>,
    /// Where in the text each of the bytes begins, and where the last one ends.
    starts: Vec<usize>,
}

/// How much of the rest of a text stands for which byte, if it is an encoding.
type Decode = fn(&[u8]) -> Option<(usize, u8)>;

impl Decoded {
    /// The text itself and all its decodings that differ from it: percent-encoding once and twice,
    /// with `+` and with `+` for blanks, HTML entities, and one within the other.
    pub(super) fn all(text: &str) -> Vec<Self> {
        let plain = Self { bytes: text.as_bytes().to_vec(), starts: (0..=text.len()).collect() };
        let mut all = vec![plain];
        for decodings in [
            [None, Some(percent as Decode)],
            [None, Some(form)],
            [None, Some(entity)],
            [Some(percent as Decode), Some(percent)],
            [Some(percent), Some(form)],
            [Some(percent), Some(entity)],
            [Some(entity), Some(percent)],
            [Some(entity), Some(form)],
        ] {
            let mut decoded = None;
            for decode in decodings.into_iter().flatten() {
                let before = decoded.as_ref().or_else(|| all.first());
                decoded = before.and_then(|before| before.decode(decode));
                if decoded.is_none() {
                    break;
                }
            }
            all.extend(decoded);
        }
        all
    }

    /// The part of the text that the bytes from `start` to `end` stand for.
    pub(super) fn range(&self, start: usize, end: usize) -> Range<usize> {
        let at = |index: usize| self.starts.get(index).copied().unwrap_or_default();
        at(start)..at(end)
    }

    /// The next decoding, if it changes anything.
    fn decode(&self, decode: Decode) -> Option<Self> {
        let mut decoded = Self { bytes: Vec::new(), starts: Vec::new() };
        let mut position = 0;
        while let Some(rest @ [first, ..]) = self.bytes.get(position..) {
            let (length, byte) = decode(rest).unwrap_or((1, *first));
            decoded.bytes.push(byte);
            decoded.starts.push(self.starts.get(position).copied()?);
            position += length;
        }
        decoded.starts.push(self.starts.last().copied()?);
        (decoded.bytes != self.bytes).then_some(decoded)
    }
}

/// `%2B`, in either case.
fn percent(rest: &[u8]) -> Option<(usize, u8)> {
    let [b'%', high, low, ..] = rest else { return None };
    Some((3, (digit(*high)? << 4) | digit(*low)?))
}

/// [`percent`], and `+` for a blank.
fn form(rest: &[u8]) -> Option<(usize, u8)> {
    if rest.first() == Some(&b'+') { Some((1, b' ')) } else { percent(rest) }
}

/// `&amp;`, `&#43;` or `&#x2b;`, for ASCII characters.
fn entity(rest: &[u8]) -> Option<(usize, u8)> {
    let [b'&', rest @ ..] = rest else { return None };
    // The longest one in use is `&#x0000002B;`.
    let end = rest.iter().take(12).position(|byte| *byte == b';')?;
    let byte = match rest.get(..end)? {
        [b'#', b'x' | b'X', digits @ ..] if !digits.is_empty() => number(digits, 16)?,
        [b'#', digits @ ..] if !digits.is_empty() => number(digits, 10)?,
        b"amp" => b'&',
        b"apos" => b'\'',
        b"equals" => b'=',
        b"gt" => b'>',
        b"lt" => b'<',
        b"plus" => b'+',
        b"quot" => b'"',
        b"sol" => b'/',
        _ => return None,
    };
    Some((end + 2, byte))
}

fn number(digits: &[u8], base: u8) -> Option<u8> {
    digits.iter().try_fold(0_u8, |number, byte| {
        let digit = digit(*byte).filter(|digit| *digit < base)?;
        number.checked_mul(base)?.checked_add(digit)
    })
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
