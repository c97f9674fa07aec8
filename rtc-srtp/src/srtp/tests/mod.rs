//! Set-up of the tests.

mod attacks;
mod cryptex;
mod indices;
mod known_answers;
mod network;
mod round_trips;

use alloc::vec;
use alloc::vec::Vec;

use bytes::BytesMut;

use super::*;
use crate::rtp::{HeaderExtension, RtpBuilder, RtpHeader};
use crate::ssrc::Ssrc;

const PROFILES: [ProtectionProfile; 4] = [
    ProtectionProfile::Aes128CmHmacSha1_80,
    ProtectionProfile::Aes128CmHmacSha1_32,
    ProtectionProfile::AeadAes128Gcm,
    ProtectionProfile::AeadAes256Gcm,
];

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    let (pairs, _) = digits.as_chunks::<2>();
    pairs.iter().map(|[high, low]| high << 4 | low).collect()
}

fn buffer(bytes: &[u8]) -> BytesMut {
    BytesMut::from(bytes)
}

fn key(profile: ProtectionProfile) -> MasterKey {
    let key: Vec<u8> = (1..).take(profile.key_len()).collect();
    let salt: Vec<u8> = (101..).take(profile.salt_len()).collect();
    MasterKey::new(profile, &key, &salt).unwrap()
}

fn config(cryptex: CryptexPolicy) -> Config {
    Config { cryptex, ..Config::default() }
}

fn pair_with(
    profile: ProtectionProfile,
    sender: CryptexPolicy,
    receiver: CryptexPolicy,
) -> (SrtpSender, SrtpReceiver) {
    let key = key(profile);
    (SrtpSender::new(&key, &config(sender)), SrtpReceiver::new(&key, &config(receiver)))
}

fn pair(profile: ProtectionProfile) -> (SrtpSender, SrtpReceiver) {
    pair_with(profile, CryptexPolicy::Disabled, CryptexPolicy::Disabled)
}

/// A packet with a header extension.
fn rtp(ssrc: u32, sequence_number: u16) -> Vec<u8> {
    let header = RtpHeader {
        marker: false,
        payload_type: 96,
        sequence_number,
        timestamp: 5,
        ssrc: Ssrc(ssrc),
    };
    let extensions = [HeaderExtension::new(1, b"mid").unwrap()];
    let mut packet = Vec::new();
    RtpBuilder::new(header)
        .with_extensions(&extensions)
        .encode(b"twenty bytes or more of payload", &mut packet);
    packet
}

fn protect(sender: &mut SrtpSender, packet: &[u8]) -> Vec<u8> {
    let mut packet = packet.to_vec();
    sender.protect(&mut packet).unwrap();
    packet
}

/// A receiver report, which nobody has to look into.
fn rtcp(ssrc: u32) -> Vec<u8> {
    let mut packet = vec![0x80, 201, 0, 1];
    packet.extend_from_slice(&ssrc.to_be_bytes());
    packet.extend_from_slice(&[0x80, 203, 0, 0]);
    packet
}

fn protect_rtcp(sender: &mut SrtpSender, packet: &[u8]) -> Vec<u8> {
    let mut packet = packet.to_vec();
    sender.protect_rtcp(&mut packet).unwrap();
    packet
}
