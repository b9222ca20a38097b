//! Chance that can be repeated, and how much of it.

use proptest::test_runner::Config;

/// Numbers that are the same for the same seed.
pub struct Chance(u64);

impl Chance {
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// One of `0..limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        usize::try_from(bits % limit as u64).expect("it is below a usize")
    }
}

/// A permutation of `0..count`, the same for the same seed.
pub fn shuffled(count: usize, seed: u64) -> Vec<usize> {
    let (mut order, mut chance) = ((0..count).collect::<Vec<_>>(), Chance::seeded(seed));
    for at in (1..count).rev() {
        order.swap(at, chance.below(at + 1));
    }
    order
}

/// How many cases a property gets: a `share`-th of PROPTEST_CASES, for what costs a process or more each.
pub fn cases(share: u32) -> Config {
    let all = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(64);
    Config { cases: (all / share).max(16), failure_persistence: None, max_shrink_iters: 200, ..Config::default() }
}
