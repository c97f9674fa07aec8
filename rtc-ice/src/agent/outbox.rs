//! Answers that wait to be sent.

use rtc_core::FiveTuple;

use crate::stun::attribute_type::AttributeType;
use crate::stun::{ErrorCode, TransactionId};

/// An answer to an authentic request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reply {
    pub(super) path: FiveTuple,
    pub(super) id: TransactionId,
    pub(super) verdict: Verdict,
    /// Whether the request used the credentials of before the restart.
    pub(super) is_previous: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Verdict {
    Granted,
    Refused(ErrorCode),
    /// 420, with the first of the attributes that are not known.
    Unknown([Option<AttributeType>; MAX_UNKNOWN]),
}

/// How many unknown attributes are told.
pub(super) const MAX_UNKNOWN: usize = 8;
/// The most answers that wait: far more than a peer that paces its checks can cause between two
/// polls.
pub(super) const MAX_REPLIES: usize = 64;
