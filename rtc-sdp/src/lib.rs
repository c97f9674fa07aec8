//! Session descriptions (RFC 8866) as WebRTC uses them: text to typed values and back.
//!
//! [`SessionDescription::parse`] reads what JSEP (RFC 9429) and the browsers write,
//! [`SessionDescription::write`] gives the same text back. Attributes that WebRTC knows are
//! variants of [`Attribute`]; all others, and those of the known whose value is legal but not
//! understood, are kept letter by letter in [`Attribute::Unknown`]. [`Candidate`] also stands
//! alone, in the form that trickle ICE exchanges, and [`TrickleFragment`] is the body of
//! `application/trickle-ice-sdpfrag` (RFC 8840), which WHIP uses.
//!
//! What is written back is the text that was read, up to four things that carry no meaning: lines
//! always end in CRLF, numbers lose leading zeros, fields lose doubled and trailing spaces, and the
//! lines of one section come in the order of RFC 8866.
//!
//! ```
//! use rtc_sdp::{MediaDescription, MediaKind, SessionDescription};
//!
//! let text = "v=0\r\no=- 7 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
//!             m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n\
//!             a=mid:0\r\na=sctp-port:5000\r\n";
//! let session = SessionDescription::parse(text)?;
//! let data = &session.media[0];
//! assert_eq!(data.kind, MediaKind::Application);
//! assert_eq!(data.mid(), Some("0"));
//! assert_eq!(data.sctp_port(), Some(5000));
//! assert_eq!(session.to_string(), text);
//! # Ok::<(), rtc_sdp::ParseError>(())
//! ```
//!
//! # Limits
//!
//! Reading costs time and memory linear in the text (n log n for the check that no two mids are
//! equal). A description may have [`MAX_LENGTH`] bytes, [`MAX_LINES`] lines and
//! [`MAX_MEDIA_DESCRIPTIONS`] media descriptions; beyond that it is refused.
#![no_std]
#![deny(clippy::indexing_slicing, clippy::string_slice)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod address;
mod attribute;
mod error;
mod fragment;
mod lexer;
mod lookup;
mod media;
mod payload;
mod session;

pub use address::{AddressType, Bandwidth, NetworkAddress, NetworkType};
pub use attribute::Attribute;
pub use attribute::candidate::{
    Candidate, CandidateAddress, CandidateKind, CandidateTransport, RemoteCandidate, TcpType,
};
pub use attribute::codec::{Feedback, FeedbackTarget, Fmtp, RtcpFb, Rtpmap};
pub use attribute::extmap::Extmap;
pub use attribute::fingerprint::{Fingerprint, HashFunction};
pub use attribute::group::{Group, GroupSemantics};
pub use attribute::ice::IcePassword;
pub use attribute::msid::{Msid, MsidSemantic};
pub use attribute::negotiation::{Direction, Rtcp, Setup};
pub use attribute::sctp::SctpMap;
pub use attribute::simulcast::{Rid, RidDirection, Simulcast, SimulcastFormat, SimulcastStream};
pub use attribute::source::{Ssrc, SsrcGroup, SsrcGroupSemantics};
pub use error::{CandidateError, ParseError, ParseErrorKind};
pub use fragment::{FragmentMedia, TrickleFragment};
pub use media::{Format, MediaDescription, MediaKind, TransportProtocol};
pub use payload::{PayloadFormat, PayloadFormats};
pub use session::{
    MAX_LENGTH, MAX_LINES, MAX_MEDIA_DESCRIPTIONS, Origin, SessionDescription, Timing,
};
