//! Positions in a listing, as a set of bits: a search over a million images keeps 125 kB.

use std::sync::Arc;

/// Positions in a listing, in order.
#[derive(Clone, Default)]
pub(crate) struct Positions {
    /// Bit `n % 64` of word `n / 64` stands for position `n`.
    words: Arc<[u64]>,
    count: usize,
}

impl Positions {
    /// The positions of all items that fit.
    pub(super) fn of<T>(items: &[T], fits: impl Fn(usize, &T) -> bool) -> Self {
        let word = |(n, chunk): (usize, &[T])| {
            let bits = chunk.iter().enumerate();
            bits.fold(0, |word, (bit, item)| word | u64::from(fits(n * 64 + bit, item)) << bit)
        };
        let words: Arc<[u64]> = items.chunks(64).enumerate().map(word).collect();
        let count = words.iter().map(|word| word.count_ones() as usize).sum();
        Self { words, count }
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// The positions behind the first `skip`.
    pub(crate) fn skip(&self, mut skip: usize) -> impl Iterator<Item = usize> {
        let begin = self.words.iter().position(|word| {
            let ones = word.count_ones() as usize;
            let within = skip < ones;
            if !within {
                skip -= ones;
            }
            within
        });
        let begin = begin.unwrap_or(self.words.len());
        let words = self.words.iter().enumerate().skip(begin);
        words.flat_map(|(n, word)| Ones(*word).map(move |bit| n * 64 + bit)).skip(skip)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        self.skip(0)
    }
}

/// The bits of a word that are set, lowest first.
struct Ones(u64);

impl Iterator for Ones {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let bit = self.0.trailing_zeros() as usize;
        // Clears the lowest bit that is set.
        self.0 &= self.0.checked_sub(1)?;
        Some(bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_those_of_a_plain_filter_from_wherever_one_begins() {
        let items: Vec<u32> = (0..1000).map(|n| n * 7919 % 1000).collect();
        for limit in [0, 1, 500, 1000] {
            let plain: Vec<usize> = (0..1000).filter(|at| items[*at] < limit).collect();
            let positions = Positions::of(&items, |_, item| *item < limit);
            assert_eq!(positions.len(), plain.len());
            for skip in [0, 1, 63, 64, 65, 499, 500, 999, 1000, usize::MAX] {
                let rest: Vec<_> = positions.skip(skip).collect();
                assert_eq!(rest, plain.get(skip..).unwrap_or_default(), "{limit} {skip}");
            }
            assert_eq!(positions.iter().next(), plain.first().copied());
        }
    }
}
