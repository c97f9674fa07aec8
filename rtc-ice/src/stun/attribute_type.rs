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
                | Self::PRIORITY
                | Self::USE_CANDIDATE
                | Self::PASSWORD_ALGORITHMS
                | Self::SOFTWARE
                | Self::FINGERPRINT
                | Self::ICE_CONTROLLED
                | Self::ICE_CONTROLLING
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
    /// The realm of a long-term credential (RFC 8489, section 14.9).
    REALM = 0x0014, "REALM";
    /// The nonce of a long-term credential (RFC 8489, section 14.10).
    NONCE = 0x0015, "NONCE";
    /// HMAC-SHA256 of what stands before it (RFC 8489, section 14.6).
    MESSAGE_INTEGRITY_SHA256 = 0x001c, "MESSAGE-INTEGRITY-SHA256";
    /// The chosen way from password to key (RFC 8489, section 14.12).
    PASSWORD_ALGORITHM = 0x001d, "PASSWORD-ALGORITHM";
    /// A digest in place of USERNAME (RFC 8489, section 14.4).
    USERHASH = 0x001e, "USERHASH";
    /// The reflexive address (RFC 8489, section 14.2).
    XOR_MAPPED_ADDRESS = 0x0020, "XOR-MAPPED-ADDRESS";
    /// The priority that a peer-reflexive candidate would have (RFC 8445, section 7.1.1).
    PRIORITY = 0x0024, "PRIORITY";
    /// Nominates the pair of the check (RFC 8445, section 7.1.2).
    USE_CANDIDATE = 0x0025, "USE-CANDIDATE";
    /// The ways from password to key that a server knows (RFC 8489, section 14.11).
    PASSWORD_ALGORITHMS = 0x8002, "PASSWORD-ALGORITHMS";
    /// What the sender calls itself (RFC 8489, section 14.14).
    SOFTWARE = 0x8022, "SOFTWARE";
    /// CRC-32 of what stands before it (RFC 8489, section 14.7).
    FINGERPRINT = 0x8028, "FINGERPRINT";
    /// The sender is controlled; its tie-breaker (RFC 8445, section 7.1.3).
    ICE_CONTROLLED = 0x8029, "ICE-CONTROLLED";
    /// The sender is controlling; its tie-breaker (RFC 8445, section 7.1.3).
    ICE_CONTROLLING = 0x802a, "ICE-CONTROLLING";
    /// The value of a nomination where nominations may be repeated (a browser's extension).
    NOMINATION = 0xc001, "NOMINATION";
    /// The id and the cost of the sender's network (a browser's extension, also NETWORK-COST).
    NETWORK_INFO = 0xc057, "GOOG-NETWORK-INFO";
}
