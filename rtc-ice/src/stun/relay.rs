//! What TURN adds to messages (RFC 8656, section 18, and RFC 8016).

use core::net::SocketAddr;
use core::ops::Range;
use core::time::Duration;

use super::address;
use super::address_error_code::AddressErrorCode;
use super::address_family::AddressFamily;
use super::attribute::padding;
use super::attribute_type::AttributeType;
use super::builder::MessageBuilder;
use super::icmp::Icmp;
use super::message::Message;
use super::message_type::HEADER_LENGTH;
use crate::error::DecodeError;

impl<'a> Message<'a> {
    /// CHANNEL-NUMBER.
    ///
    /// ```text
    /// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    /// |        Channel Number         |         RFFU = 0              |
    /// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    /// ```
    ///
    /// # Errors
    ///
    /// If it is not 4 bytes.
    pub fn channel_number(&self) -> Result<Option<u16>, DecodeError> {
        self.parsed(AttributeType::CHANNEL_NUMBER, |value| {
            let [n0, n1, _, _] = <[u8; 4]>::try_from(value).ok()?;
            Some(u16::from_be_bytes([n0, n1]))
        })
    }

    /// LIFETIME.
    ///
    /// # Errors
    ///
    /// If it is not 4 bytes.
    pub fn lifetime(&self) -> Result<Option<Duration>, DecodeError> {
        self.parsed(AttributeType::LIFETIME, |value| {
            let seconds = u32::from_be_bytes(value.try_into().ok()?);
            Some(Duration::from_secs(seconds.into()))
        })
    }

    /// The first XOR-PEER-ADDRESS.
    ///
    /// # Errors
    ///
    /// If it is malformed.
    pub fn xor_peer_address(&self) -> Result<Option<SocketAddr>, DecodeError> {
        self.xor_address(AttributeType::XOR_PEER_ADDRESS)
    }

    /// All XOR-PEER-ADDRESS attributes that are well formed: a CreatePermission may have many.
    pub fn xor_peer_addresses(&self) -> impl Iterator<Item = SocketAddr> + use<'a> {
        self.xor_addresses(AttributeType::XOR_PEER_ADDRESS)
    }

    /// All XOR-RELAYED-ADDRESS attributes that are well formed: a dual allocation has two.
    pub fn xor_relayed_addresses(&self) -> impl Iterator<Item = SocketAddr> + use<'a> {
        self.xor_addresses(AttributeType::XOR_RELAYED_ADDRESS)
    }

    /// DATA.
    pub fn data(&self) -> Option<&'a [u8]> {
        self.attribute(AttributeType::DATA)
    }

    /// REQUESTED-ADDRESS-FAMILY.
    ///
    /// # Errors
    ///
    /// If it is malformed.
    pub fn requested_address_family(&self) -> Result<Option<AddressFamily>, DecodeError> {
        self.parsed(AttributeType::REQUESTED_ADDRESS_FAMILY, AddressFamily::decode)
    }

    /// ADDITIONAL-ADDRESS-FAMILY.
    ///
    /// # Errors
    ///
    /// If it is malformed.
    pub fn additional_address_family(&self) -> Result<Option<AddressFamily>, DecodeError> {
        self.parsed(AttributeType::ADDITIONAL_ADDRESS_FAMILY, AddressFamily::decode)
    }

    /// ADDRESS-ERROR-CODE.
    ///
    /// # Errors
    ///
    /// If it is malformed.
    pub fn address_error_code(&self) -> Result<Option<AddressErrorCode>, DecodeError> {
        self.parsed(AttributeType::ADDRESS_ERROR_CODE, AddressErrorCode::decode)
    }

    /// EVEN-PORT: `Some(true)` if the next higher port is to be kept too.
    ///
    /// # Errors
    ///
    /// If it is not one byte.
    pub fn even_port(&self) -> Result<Option<bool>, DecodeError> {
        self.parsed(AttributeType::EVEN_PORT, |value| match value {
            [flags] => Some(flags & 0x80 != 0),
            _ => None,
        })
    }

    /// REQUESTED-TRANSPORT: a protocol number of IP, 17 for UDP.
    ///
    /// # Errors
    ///
    /// If it is not 4 bytes.
    pub fn requested_transport(&self) -> Result<Option<u8>, DecodeError> {
        self.parsed(AttributeType::REQUESTED_TRANSPORT, |value| {
            let [protocol, _, _, _] = <[u8; 4]>::try_from(value).ok()?;
            Some(protocol)
        })
    }

    /// Whether DONT-FRAGMENT is there.
    pub fn dont_fragment(&self) -> bool {
        self.attribute(AttributeType::DONT_FRAGMENT).is_some()
    }

    /// RESERVATION-TOKEN.
    ///
    /// # Errors
    ///
    /// If it is not 8 bytes.
    pub fn reservation_token(&self) -> Result<Option<[u8; 8]>, DecodeError> {
        self.parsed(AttributeType::RESERVATION_TOKEN, |value| value.try_into().ok())
    }

    /// ICMP.
    ///
    /// # Errors
    ///
    /// If it is not 8 bytes.
    pub fn icmp(&self) -> Result<Option<Icmp>, DecodeError> {
        self.parsed(AttributeType::ICMP, Icmp::decode)
    }

    /// MOBILITY-TICKET: empty where one is asked for (RFC 8016, section 3.1).
    pub fn mobility_ticket(&self) -> Option<&'a [u8]> {
        self.attribute(AttributeType::MOBILITY_TICKET)
    }

    /// Where the value of the first attribute of this number lies in the message; of those that come
    /// before an integrity attribute.
    pub(crate) fn value_range(&self, kind: AttributeType) -> Option<Range<usize>> {
        let mut end = HEADER_LENGTH;
        for attribute in self.attributes() {
            let start = end + 4;
            end = start + attribute.value.len();
            if attribute.kind == kind {
                return Some(start..end);
            }
            end += padding(attribute.value.len());
        }
        None
    }

    fn xor_addresses(&self, kind: AttributeType) -> impl Iterator<Item = SocketAddr> + use<'a> {
        let id = self.transaction_id();
        self.attributes()
            .filter(move |attribute| attribute.kind == kind)
            .filter_map(move |attribute| address::decode_xor(attribute.value, id))
    }
}

impl MessageBuilder<'_> {
    /// Appends CHANNEL-NUMBER.
    pub fn channel_number(&mut self, number: u16) -> &mut Self {
        let [n0, n1] = number.to_be_bytes();
        self.attribute(AttributeType::CHANNEL_NUMBER, &[n0, n1, 0, 0])
    }

    /// Appends LIFETIME: whole seconds, at most `u32::MAX`.
    pub fn lifetime(&mut self, lifetime: Duration) -> &mut Self {
        let seconds = u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX);
        self.attribute(AttributeType::LIFETIME, &seconds.to_be_bytes())
    }

    /// Appends XOR-PEER-ADDRESS.
    pub fn xor_peer_address(&mut self, address: SocketAddr) -> &mut Self {
        self.xor_address(AttributeType::XOR_PEER_ADDRESS, address)
    }

    /// Appends XOR-RELAYED-ADDRESS.
    pub fn xor_relayed_address(&mut self, address: SocketAddr) -> &mut Self {
        self.xor_address(AttributeType::XOR_RELAYED_ADDRESS, address)
    }

    /// Appends DATA.
    pub fn data(&mut self, data: &[u8]) -> &mut Self {
        self.attribute(AttributeType::DATA, data)
    }

    /// Appends REQUESTED-ADDRESS-FAMILY.
    pub fn requested_address_family(&mut self, family: AddressFamily) -> &mut Self {
        self.attribute(AttributeType::REQUESTED_ADDRESS_FAMILY, &family.encode())
    }

    /// Appends ADDITIONAL-ADDRESS-FAMILY.
    pub fn additional_address_family(&mut self, family: AddressFamily) -> &mut Self {
        self.attribute(AttributeType::ADDITIONAL_ADDRESS_FAMILY, &family.encode())
    }

    /// Appends ADDRESS-ERROR-CODE without a phrase.
    pub fn address_error_code(&mut self, code: AddressErrorCode) -> &mut Self {
        self.attribute(AttributeType::ADDRESS_ERROR_CODE, &code.encode())
    }

    /// Appends EVEN-PORT; `reserve` asks for the next higher port too.
    pub fn even_port(&mut self, reserve: bool) -> &mut Self {
        self.attribute(AttributeType::EVEN_PORT, &[if reserve { 0x80 } else { 0 }])
    }

    /// Appends REQUESTED-TRANSPORT for UDP, the only protocol of RFC 8656.
    pub fn requested_transport_udp(&mut self) -> &mut Self {
        self.attribute(AttributeType::REQUESTED_TRANSPORT, &[UDP, 0, 0, 0])
    }

    /// Appends DONT-FRAGMENT.
    pub fn dont_fragment(&mut self) -> &mut Self {
        self.attribute(AttributeType::DONT_FRAGMENT, &[])
    }

    /// Appends RESERVATION-TOKEN.
    pub fn reservation_token(&mut self, token: [u8; 8]) -> &mut Self {
        self.attribute(AttributeType::RESERVATION_TOKEN, &token)
    }

    /// Appends ICMP.
    pub fn icmp(&mut self, icmp: Icmp) -> &mut Self {
        self.attribute(AttributeType::ICMP, &icmp.encode())
    }

    /// Appends MOBILITY-TICKET; an empty one asks for one.
    pub fn mobility_ticket(&mut self, ticket: &[u8]) -> &mut Self {
        self.attribute(AttributeType::MOBILITY_TICKET, ticket)
    }
}

/// The protocol number of UDP.
const UDP: u8 = 17;

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::super::{Class, ErrorCode, Method, TransactionId};
    use super::*;

    #[test]
    fn the_attributes_stand_as_the_figures_have_them() {
        let mut out = Vec::new();
        let id = TransactionId([9; 12]);
        MessageBuilder::new(&mut out, Class::Request, Method::ALLOCATE, id)
            .requested_transport_udp()
            .lifetime(Duration::from_secs(777))
            .requested_address_family(AddressFamily::V6)
            .even_port(true)
            .channel_number(0x4001)
            .finish();
        let expected: &[u8] = &[
            0x00, 0x19, 0, 4, 17, 0, 0, 0, // REQUESTED-TRANSPORT
            0x00, 0x0d, 0, 4, 0, 0, 3, 9, // LIFETIME
            0x00, 0x17, 0, 4, 2, 0, 0, 0, // REQUESTED-ADDRESS-FAMILY
            0x00, 0x18, 0, 1, 0x80, 0, 0, 0, // EVEN-PORT
            0x00, 0x0c, 0, 4, 0x40, 1, 0, 0, // CHANNEL-NUMBER
        ];
        assert_eq!(out.get(..2), Some(&[0x00, 0x03][..]));
        assert_eq!(out.get(20..), Some(expected));
    }

    #[test]
    fn a_value_of_the_wrong_length_is_refused() {
        use AttributeType as Type;
        let fixed = [
            (Type::CHANNEL_NUMBER, 4),
            (Type::LIFETIME, 4),
            (Type::REQUESTED_ADDRESS_FAMILY, 4),
            (Type::REQUESTED_TRANSPORT, 4),
            (Type::EVEN_PORT, 1),
            (Type::RESERVATION_TOKEN, 8),
            (Type::ICMP, 8),
        ];
        for (kind, right) in fixed {
            for length in (0..12).filter(|length| *length != right) {
                let mut out = Vec::new();
                let id = TransactionId([9; 12]);
                MessageBuilder::new(&mut out, Class::Request, Method::ALLOCATE, id)
                    .attribute(kind, [1; 12].get(..length).unwrap())
                    .finish();
                let message = Message::decode(&out).unwrap();
                let refused = match kind {
                    Type::CHANNEL_NUMBER => message.channel_number().is_err(),
                    Type::LIFETIME => message.lifetime().is_err(),
                    Type::REQUESTED_ADDRESS_FAMILY => message.requested_address_family().is_err(),
                    Type::REQUESTED_TRANSPORT => message.requested_transport().is_err(),
                    Type::EVEN_PORT => message.even_port().is_err(),
                    Type::RESERVATION_TOKEN => message.reservation_token().is_err(),
                    _ => message.icmp().is_err(),
                };
                assert!(refused, "{kind:?} {length}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            number: u16,
            seconds: u32,
            peers in prop::collection::vec(any::<SocketAddr>(), 1..5),
            data in prop::collection::vec(any::<u8>(), 0..40),
            token: [u8; 8],
            ticket in prop::collection::vec(any::<u8>(), 0..40),
            data_word: u32,
            id: [u8; 12],
        ) {
            let peers: Vec<_> = peers.iter().map(|a| SocketAddr::new(a.ip(), a.port())).collect();
            let lifetime = Duration::from_secs(seconds.into());
            let refused = AddressErrorCode {
                family: AddressFamily::V6,
                code: ErrorCode::ADDRESS_FAMILY_NOT_SUPPORTED,
            };
            let icmp = Icmp { kind: 2, code: 0, data: data_word };
            let mut out = Vec::new();
            let mut builder = MessageBuilder::new(
                &mut out, Class::Success, Method::ALLOCATE, TransactionId(id),
            );
            for peer in &peers {
                builder.xor_peer_address(*peer).xor_relayed_address(*peer);
            }
            builder
                .channel_number(number)
                .lifetime(lifetime)
                .data(&data)
                .requested_address_family(AddressFamily::V4)
                .additional_address_family(AddressFamily::V6)
                .address_error_code(refused)
                .even_port(false)
                .requested_transport_udp()
                .dont_fragment()
                .reservation_token(token)
                .icmp(icmp)
                .mobility_ticket(&ticket)
                .alternate_server(*peers.first().unwrap())
                .finish();
            let message = Message::decode(&out).unwrap();
            prop_assert_eq!(message.unknown_required().count(), 0);
            prop_assert_eq!(message.xor_peer_addresses().collect::<Vec<_>>(), &*peers);
            prop_assert_eq!(message.xor_relayed_addresses().collect::<Vec<_>>(), &*peers);
            prop_assert_eq!(message.xor_peer_address().unwrap(), peers.first().copied());
            prop_assert_eq!(message.channel_number().unwrap(), Some(number));
            prop_assert_eq!(message.lifetime().unwrap(), Some(lifetime));
            prop_assert_eq!(message.data(), Some(&*data));
            prop_assert_eq!(message.requested_address_family().unwrap(), Some(AddressFamily::V4));
            prop_assert_eq!(message.additional_address_family().unwrap(), Some(AddressFamily::V6));
            prop_assert_eq!(message.address_error_code().unwrap(), Some(refused));
            prop_assert_eq!(message.even_port().unwrap(), Some(false));
            prop_assert_eq!(message.requested_transport().unwrap(), Some(17));
            prop_assert!(message.dont_fragment());
            prop_assert_eq!(message.reservation_token().unwrap(), Some(token));
            prop_assert_eq!(message.icmp().unwrap(), Some(icmp));
            prop_assert_eq!(message.mobility_ticket(), Some(&*ticket));
            prop_assert_eq!(message.alternate_server().unwrap(), peers.first().copied());
        }
    }
}
