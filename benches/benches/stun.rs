//! A connectivity check: written, and read with its integrity verified.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use rtc_ice::stun::{Class, IntegrityKey, Message, MessageBuilder, Method, TransactionId};

fn write(out: &mut Vec<u8>, key: &IntegrityKey) {
    let mut message =
        MessageBuilder::new(out, Class::Request, Method::BINDING, TransactionId([7; 12]));
    message
        .username("remoteuf:localufr")
        .priority(1_845_501_695)
        .ice_controlling(0x0123_4567_89ab_cdef)
        .use_candidate()
        .message_integrity(key)
        .fingerprint()
        .finish();
}

fn stun(criterion: &mut Criterion) {
    let key = IntegrityKey::short_term("a password of 24 letters");
    let mut check = Vec::new();
    write(&mut check, &key);
    criterion.bench_function("stun/write a check", |bencher| {
        let mut out = Vec::new();
        bencher.iter(|| {
            out.clear();
            write(&mut out, black_box(&key));
        });
    });
    criterion.bench_function("stun/read and verify a check", |bencher| {
        bencher.iter(|| {
            let message = Message::decode(black_box(&check)).expect("a check");
            assert!(message.verify(&key));
        });
    });
}

criterion_group!(benches, stun);
criterion_main!(benches);
