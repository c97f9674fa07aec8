//! Two ICE agents find each other over a path of 20 ms: when, with how many checks, with what CPU.
//!
//! What other stacks need until a data channel is open, which takes three round trips (60 ms) more
//! than a pair that can be used:
//!
//! | candidates each side | one stack | another |
//! |---|---|---|
//! | 1 | 250 ms | 400 ms |
//! | 10 | 250 ms, 201 requests, 4 ms CPU | 400 ms, 301, 3 ms |
//! | 10, only the last pair works | 5058 ms, 220 | 600 ms, 301 |
//! | 100 | 250 ms, 201, 16 ms CPU | 400 ms, 30,001, 3143 ms |
//! | 100, only the last pair works | fails | 600 ms, 30,001, 1337 ms |

use std::hint::black_box;
use std::time::Duration;

use benches::IceScene;
use criterion::{Criterion, criterion_group, criterion_main};

fn ice(criterion: &mut Criterion) {
    for (candidates, only_last_works) in
        [(1, false), (10, false), (10, true), (100, false), (100, true)]
    {
        let latency = Duration::from_millis(10);
        let scene = IceScene { candidates, only_last_works, latency };
        let suffix = if only_last_works { ", only the last pair works" } else { "" };
        let name = format!("ice/{candidates} by {candidates}{suffix}");
        let outcome = scene.run();
        println!(
            "{name}: usable after {} ms, selected after {} ms, {} requests",
            outcome.usable.as_millis(),
            outcome.selected.as_millis(),
            outcome.checks
        );
        criterion.bench_function(&name, |bencher| bencher.iter(|| black_box(scene).run()));
    }
}

criterion_group!(benches, ice);
criterion_main!(benches);
