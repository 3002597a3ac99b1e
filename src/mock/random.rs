//! Pseudorandom numbers that are the same on every run. Source: the SplitMix64 generator.

/// Number `n` of the sequence of `seed`.
pub(super) fn number(seed: u64, n: u64) -> u64 {
    let mut mixed = seed.wrapping_add(n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The same as a fraction from 0 to 1, 1 excluded.
pub(super) fn fraction(seed: u64, n: u64) -> f64 {
    (number(seed, n) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Twenty letters and digits, as the service's IDs have after `m-`.
pub(super) fn tail(seed: u64, n: u64) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut tail = String::from("bp1");
    let mut random = number(seed ^ 0x5eed, n);
    for place in 0..17 {
        if place == 9 {
            random = number(random, n);
        }
        let digit = DIGITS.get((random % 36) as usize).copied().unwrap_or(b'0');
        tail.push(char::from(digit));
        random /= 36;
    }
    tail
}
