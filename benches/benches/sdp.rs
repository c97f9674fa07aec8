//! Reading and writing a browser's offer of audio, video and data.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rtc_sdp::SessionDescription;

const OFFER: &str = include_str!("../../rtc-sdp/tests/samples/chromium-offer.sdp");

fn sdp(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sdp");
    group.throughput(Throughput::Bytes(OFFER.len() as u64));
    group.bench_function("parse", |bencher| {
        bencher.iter(|| SessionDescription::parse(black_box(OFFER)));
    });
    group.bench_function("parse and write", |bencher| {
        let mut out = String::new();
        bencher.iter(|| {
            out.clear();
            SessionDescription::parse(black_box(OFFER)).expect("an offer").write(&mut out);
        });
    });
    group.finish();
}

criterion_group!(benches, sdp);
criterion_main!(benches);
