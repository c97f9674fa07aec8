//! A video stream forwarded to 50 subscribers in memory, all encrypted: the server's own work, per
//! packet out.

use std::time::Duration;

use benches::Forwarding;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn forward(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("forward");
    group.throughput(Throughput::Elements(SUBSCRIBERS.into()));
    let mut forwarding = Forwarding::to(SUBSCRIBERS);
    group.bench_function("1 to 50", |bencher| {
        bencher.iter_custom(|count| (0..count).map(|_| forwarding.forward()).sum::<Duration>());
    });
    assert!(forwarding.received().iter().all(|count| *count > 0), "nothing has arrived");
    group.finish();
}

const SUBSCRIBERS: u8 = 50;

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = forward
}
criterion_main!(benches);
