//! The handshake of both sides, certificates made before, and records of a data packet's size.

use benches::{DtlsPair, START, certificate};
use bytes::BytesMut;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

fn dtls(criterion: &mut Criterion) {
    let (client, server) = (certificate(1), certificate(2));
    criterion.bench_function("dtls/certificate", |bencher| bencher.iter(|| certificate(5)));
    criterion.bench_function("dtls/handshake", |bencher| {
        bencher.iter(|| {
            let mut pair = DtlsPair::new(&client, &server);
            pair.connect();
            pair
        });
    });
    let mut group = criterion.benchmark_group("dtls/record");
    for size in [160, 1120] {
        let mut pair = DtlsPair::new(&client, &server);
        pair.connect();
        let mut out = Vec::new();
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(format!("{size} B sent and received"), |bencher| {
            bencher.iter_batched(
                || BytesMut::with_capacity(size + 64),
                |mut datagram| {
                    out.clear();
                    out.resize(pair.client.record_header_len() + size, 0x5a);
                    pair.client.seal(&mut out, 0).expect("connected");
                    datagram.extend_from_slice(&out);
                    pair.server.handle_datagram(START, datagram).expect("in order");
                    pair.server.recv()
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, dtls);
criterion_main!(benches);
