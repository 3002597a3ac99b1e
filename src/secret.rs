//! Values that must never be printed: secrets of access keys, security tokens, ID tokens.
//!
//! [`Secret`] has no `Debug`, no `Display` and no `Serialize`, so that a secret cannot get into a log, an error, a
//! diagnostic or a snapshot by accident; a type that contains one cannot derive those traits either. Its memory is
//! zeroized when it is dropped. It does not protect copies of the exposed text: callers copy it only into the request
//! that needs it.
//!
//! ```
//! use terraform_provider_alicloud::secret::Secret;
//!
//! let secret = Secret::new("key");
//! assert_eq!(secret.expose(), "key");
//! assert!(!secret.is_empty());
//! ```
//!
//! ```compile_fail
//! # use terraform_provider_alicloud::secret::Secret;
//! println!("{:?}", Secret::new("key")); // it has no `Debug`
//! ```

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// A secret text. The one way to read it is [`Secret::expose`].
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Copies `text` and zeroizes it. Each clone has its own memory, which is zeroized when
    /// dropped.
    pub fn new(text: impl Into<String>) -> Self {
        let text = Zeroizing::new(text.into());
        // The copy has the exact length, because a buffer with spare capacity would be reallocated
        // without being zeroized.
        Self(SecretString::from(text.as_str()))
    }

    /// The secret itself, for the place that signs or sends it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether the secret is the empty text, which counts as "not given" for credentials.
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl Default for Secret {
    /// The empty text.
    fn default() -> Self {
        Self::new("")
    }
}

/// Bytes that are read piece by piece and wiped when they are dropped.
///
/// A plain `Vec` does not zeroize its old memory when it grows; this one does. It has no `Debug`.
#[derive(Default)]
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// A buffer with this capacity in bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Zeroizing::new(Vec::with_capacity(capacity)))
    }

    /// Appends a piece.
    pub fn extend_from_slice(&mut self, piece: &[u8]) {
        let needed = self.0.len() + piece.len();
        if needed > self.0.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(needed.next_power_of_two()));
            larger.extend_from_slice(&self.0);
            self.0 = larger;
        }
        self.0.extend_from_slice(piece);
    }

    /// Appends a piece, then drops bytes at the front that exceed the limit.
    pub fn keep_end(&mut self, piece: &[u8], most: usize) {
        self.extend_from_slice(piece);
        let excess = self.0.len().saturating_sub(most);
        self.0.drain(..excess);
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes, still wiped when they are dropped.
    pub fn into_inner(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

impl AsRef<[u8]> for SecretBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use zeroize::ZeroizeOnDrop;

    use super::*;

    #[test]
    fn secrets_are_zeroized_on_drop() {
        fn is_wiped<T: ZeroizeOnDrop>(_: &T) {}
        is_wiped(&Secret::default().0);
        is_wiped(&SecretBytes::default().0);
    }

    #[test]
    fn bytes_that_outgrow_their_memory_stay_the_same() {
        let mut bytes = SecretBytes::with_capacity(2);
        let all: Vec<u8> = (0..=255).collect();
        all.chunks(3).for_each(|piece| bytes.extend_from_slice(piece));
        assert_eq!((bytes.as_ref(), bytes.len(), bytes.is_empty()), (&all[..], 256, false));
        bytes.keep_end(b"end", 4);
        assert_eq!(&**bytes.into_inner(), b"\xffend");
    }
}
