//! Whole connections in memory: set-up, and goodput of a data channel, both sides' work together.

use benches::PeerPair;
use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn peer(criterion: &mut Criterion) {
    criterion.bench_function("peer/set-up", |bencher| bencher.iter(PeerPair::connected));
    let mut group = criterion.benchmark_group("peer/data channel");
    for queued in [128 * 1024, 1024 * 1024, 16 * 1024 * 1024] {
        for size in [100, 1024, 16 * 1024, 64 * 1024] {
            let mut pair = PeerPair::connected();
            let message = Bytes::from(vec![0x5a; size]);
            let total = (4 << 20) / size * size;
            group.throughput(Throughput::Bytes(total as u64));
            group.bench_function(format!("{size} B, {} KiB queued", queued / 1024), |bencher| {
                bencher.iter(|| pair.transfer(&message, total, queued));
            });
        }
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = peer
}
criterion_main!(benches);
