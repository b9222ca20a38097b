//! Chance that can be repeated, and how much of it.

use proptest::test_runner::Config;

/// A permutation of `0..count`, the same for the same seed.
pub fn shuffled(count: usize, mut seed: u64) -> Vec<usize> {
    let mut order: Vec<_> = (0..count).collect();
    for at in (1..count).rev() {
        // SplitMix64.
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = seed;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        order.swap(at, usize::try_from(bits % (at as u64 + 1)).expect("a place in the list"));
    }
    order
}

/// How many cases a property gets: a `share`-th of PROPTEST_CASES, for what costs a process or more each.
pub fn cases(share: u32) -> Config {
    let all = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(64);
    Config { cases: (all / share).max(16), failure_persistence: None, max_shrink_iters: 200, ..Config::default() }
}
