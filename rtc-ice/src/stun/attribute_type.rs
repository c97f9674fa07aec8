//! The numbers of attributes.

use core::fmt;

/// The number of an attribute (RFC 8489, section 18.3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeType(pub u16);

impl AttributeType {
    /// A receiver that does not know an attribute below 0x8000 must refuse the request that has it
    /// (RFC 8489, section 14).
    pub const fn is_comprehension_required(self) -> bool {
        self.0 < 0x8000
    }

    /// Whether this crate reads the attribute.
    ///
    /// Only comprehension-required attributes make a difference here: a request with one that is
    /// not known is answered with 420.
    pub const fn is_known(self) -> bool {
        matches!(
            self,
            Self::MAPPED_ADDRESS
                | Self::USERNAME
                | Self::MESSAGE_INTEGRITY
                | Self::ERROR_CODE
                | Self::UNKNOWN_ATTRIBUTES
                | Self::REALM
                | Self::NONCE
                | Self::MESSAGE_INTEGRITY_SHA256
                | Self::PASSWORD_ALGORITHM
                | Self::USERHASH
                | Self::XOR_MAPPED_ADDRESS
                | Self::CHANNEL_NUMBER
                | Self::LIFETIME
                | Self::XOR_PEER_ADDRESS
                | Self::DATA
                | Self::XOR_RELAYED_ADDRESS
                | Self::REQUESTED_ADDRESS_FAMILY
                | Self::EVEN_PORT
                | Self::REQUESTED_TRANSPORT
                | Self::DONT_FRAGMENT
                | Self::RESERVATION_TOKEN
                | Self::PRIORITY
                | Self::USE_CANDIDATE
                | Self::ADDITIONAL_ADDRESS_FAMILY
                | Self::ADDRESS_ERROR_CODE
                | Self::PASSWORD_ALGORITHMS
                | Self::ALTERNATE_DOMAIN
                | Self::ICMP
                | Self::SOFTWARE
                | Self::ALTERNATE_SERVER
                | Self::FINGERPRINT
                | Self::ICE_CONTROLLED
                | Self::ICE_CONTROLLING
                | Self::MOBILITY_TICKET
                | Self::NETWORK_INFO
                | Self::NOMINATION
        )
    }
}

macro_rules! attribute_types {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal;)*) => {
        impl AttributeType {
            $($(#[$doc])* pub const $name: Self = Self($number);)*
        }

        impl fmt::Debug for AttributeType {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.0 {
                    $($number => f.write_str($text),)*
                    number => write!(f, "{number:#06x}"),
                }
            }
        }
    };
}

attribute_types! {
    /// The reflexive address, in the clear (RFC 8489, section 14.1).
    MAPPED_ADDRESS = 0x0001, "MAPPED-ADDRESS";
    /// Whose key protects the message (RFC 8489, section 14.3).
    USERNAME = 0x0006, "USERNAME";
    /// HMAC-SHA1 of what stands before it (RFC 8489, section 14.5).
    MESSAGE_INTEGRITY = 0x0008, "MESSAGE-INTEGRITY";
    /// Why a request was refused (RFC 8489, section 14.8).
    ERROR_CODE = 0x0009, "ERROR-CODE";
    /// What the refused request had that is not known (RFC 8489, section 14.13).
    UNKNOWN_ATTRIBUTES = 0x000a, "UNKNOWN-ATTRIBUTES";
    /// The channel that is bound (RFC 8656, section 18.1).
    CHANNEL_NUMBER = 0x000c, "CHANNEL-NUMBER";
    /// How long an allocation lasts, in seconds (RFC 8656, section 18.2).
    LIFETIME = 0x000d, "LIFETIME";
    /// A peer, as the server sees it (RFC 8656, section 18.3).
    XOR_PEER_ADDRESS = 0x0012, "XOR-PEER-ADDRESS";
    /// What a peer has sent or is to be sent (RFC 8656, section 18.4).
    DATA = 0x0013, "DATA";
    /// The realm of a long-term credential (RFC 8489, section 14.9).
    REALM = 0x0014, "REALM";
    /// The nonce of a long-term credential (RFC 8489, section 14.10).
    NONCE = 0x0015, "NONCE";
    /// The address that an allocation relays from (RFC 8656, section 18.5).
    XOR_RELAYED_ADDRESS = 0x0016, "XOR-RELAYED-ADDRESS";
    /// Which family the relayed address is to have (RFC 8656, section 18.6).
    REQUESTED_ADDRESS_FAMILY = 0x0017, "REQUESTED-ADDRESS-FAMILY";
    /// The relayed port is to be even (RFC 8656, section 18.7).
    EVEN_PORT = 0x0018, "EVEN-PORT";
    /// What the server is to speak to peers (RFC 8656, section 18.8).
    REQUESTED_TRANSPORT = 0x0019, "REQUESTED-TRANSPORT";
    /// What is sent to peers is not to be fragmented (RFC 8656, section 18.9).
    DONT_FRAGMENT = 0x001a, "DONT-FRAGMENT";
    /// HMAC-SHA256 of what stands before it (RFC 8489, section 14.6).
    MESSAGE_INTEGRITY_SHA256 = 0x001c, "MESSAGE-INTEGRITY-SHA256";
    /// The chosen way from password to key (RFC 8489, section 14.12).
    PASSWORD_ALGORITHM = 0x001d, "PASSWORD-ALGORITHM";
    /// A digest in place of USERNAME (RFC 8489, section 14.4).
    USERHASH = 0x001e, "USERHASH";
    /// The reflexive address (RFC 8489, section 14.2).
    XOR_MAPPED_ADDRESS = 0x0020, "XOR-MAPPED-ADDRESS";
    /// A relayed port that the server keeps (RFC 8656, section 18.10).
    RESERVATION_TOKEN = 0x0022, "RESERVATION-TOKEN";
    /// The priority that a peer-reflexive candidate would have (RFC 8445, section 7.1.1).
    PRIORITY = 0x0024, "PRIORITY";
    /// Nominates the pair of the check (RFC 8445, section 7.1.2).
    USE_CANDIDATE = 0x0025, "USE-CANDIDATE";
    /// A second relayed address, of this family (RFC 8656, section 18.11).
    ADDITIONAL_ADDRESS_FAMILY = 0x8000, "ADDITIONAL-ADDRESS-FAMILY";
    /// Why one of two relayed addresses was refused (RFC 8656, section 18.12).
    ADDRESS_ERROR_CODE = 0x8001, "ADDRESS-ERROR-CODE";
    /// The ways from password to key that a server knows (RFC 8489, section 14.11).
    PASSWORD_ALGORITHMS = 0x8002, "PASSWORD-ALGORITHMS";
    /// The name in the certificate of the other server (RFC 8489, section 14.16).
    ALTERNATE_DOMAIN = 0x8003, "ALTERNATE-DOMAIN";
    /// Why a datagram did not reach a peer (RFC 8656, section 18.13).
    ICMP = 0x8004, "ICMP";
    /// What the sender calls itself (RFC 8489, section 14.14).
    SOFTWARE = 0x8022, "SOFTWARE";
    /// The other server to try (RFC 8489, section 14.15).
    ALTERNATE_SERVER = 0x8023, "ALTERNATE-SERVER";
    /// CRC-32 of what stands before it (RFC 8489, section 14.7).
    FINGERPRINT = 0x8028, "FINGERPRINT";
    /// The sender is controlled; its tie-breaker (RFC 8445, section 7.1.3).
    ICE_CONTROLLED = 0x8029, "ICE-CONTROLLED";
    /// The sender is controlling; its tie-breaker (RFC 8445, section 7.1.3).
    ICE_CONTROLLING = 0x802a, "ICE-CONTROLLING";
    /// What lets an allocation be moved to another address of the client (RFC 8016, section 4.1).
    MOBILITY_TICKET = 0x8030, "MOBILITY-TICKET";
    /// The value of a nomination where nominations may be repeated (a browser's extension).
    NOMINATION = 0xc001, "NOMINATION";
    /// The id and the cost of the sender's network (a browser's extension, also NETWORK-COST).
    NETWORK_INFO = 0xc057, "GOOG-NETWORK-INFO";
}
