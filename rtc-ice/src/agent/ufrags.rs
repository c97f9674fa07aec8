//! Finding the agent that a datagram is for, before any agent has seen it.

use crate::stun::{Class, Message, Method};

/// The fragments in the USERNAME of a Binding request: that of the receiver, then that of the
/// sender. `None` if the datagram is anything else.
///
/// For routers that serve many agents on one socket. Nothing is proven by it: the agent found by
/// the first fragment will authenticate the request.
pub fn binding_request_ufrags(datagram: &[u8]) -> Option<(&str, &str)> {
    if !Message::is_stun(datagram) {
        return None;
    }
    let message = Message::decode(datagram).ok()?;
    if message.class() != Class::Request || message.method() != Method::BINDING {
        return None;
    }
    message.username().ok()??.split_once(':')
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::stun::{MessageBuilder, TransactionId};

    #[test]
    fn the_fragments_of_a_binding_request_are_found() {
        let build = |class, username| {
            let mut datagram = Vec::new();
            MessageBuilder::new(&mut datagram, class, Method::BINDING, TransactionId([3; 12]))
                .username(username)
                .finish();
            datagram
        };
        let request = build(Class::Request, "evtj:h6vY");
        assert_eq!(binding_request_ufrags(&request), Some(("evtj", "h6vY")));
        assert_eq!(binding_request_ufrags(&build(Class::Success, "evtj:h6vY")), None);
        assert_eq!(binding_request_ufrags(&build(Class::Request, "evtj")), None);
        assert_eq!(binding_request_ufrags(b"\x16\xfe\xfd"), None);
        assert_eq!(binding_request_ufrags(&[]), None);
    }
}
