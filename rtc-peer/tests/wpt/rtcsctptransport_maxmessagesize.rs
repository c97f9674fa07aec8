//! The largest message that the other side takes. What this side can send has no limit of its own:
//! `canSendSize` is 0, and infinity is the largest number.

use rtc_peer::{Description, PeerConnection, SdpType};

use crate::peers::{START, in_band, lone, other};
use crate::record::subtests;

subtests! {
    "RTCSctpTransport-maxMessageSize.html", A1;

    verify_that_maxmessagesize_is_greater_than_zero =
        "Verify that maxMessageSize is greater than zero" => {
        let (mut offerer, mut answerer) = (offerer(), other());
        let offer = set_local(&mut offerer);
        answerer.set_remote_description(START, offer).unwrap();
        let answer = set_local(&mut answerer);
        assert!(answerer.max_message_size().unwrap() > 0);
        offerer.set_remote_description(START, answer).unwrap();
        assert_eq!(offerer.max_message_size(), answerer.max_message_size());
    };
    determine_the_local_side_send_limitation_cansendsize_by_offering_a_max_message_size_of_0 =
        "Determine the local side send limitation (canSendSize) by offering a max-message-size of 0" => {
        let (mut offerer, mut answerer) = (offerer(), other());
        assert_eq!(negotiate(&mut offerer, &mut answerer, Some("0")), usize::MAX);
    };
    remote_offer_sdp_missing_max_message_size_attribute =
        "Remote offer SDP missing max-message-size attribute" => {
        let (mut offerer, mut answerer) = (offerer(), other());
        assert_eq!(negotiate(&mut offerer, &mut answerer, None), 65_536);
    };
    max_message_size_with_a_non_zero_value_provided_by_the_remote_peer =
        "max-message-size with a (non-zero) value provided by the remote peer" => {
        let (mut offerer, mut answerer) = (offerer(), other());
        assert_eq!(negotiate(&mut offerer, &mut answerer, Some("1")), 1);
    };
    renegotiate_max_message_size_with_various_values_provided_by_the_remote_peer =
        "Renegotiate max-message-size with various values provided by the remote peer" => {
        let (mut offerer, mut answerer) = (offerer(), other());
        assert_eq!(negotiate(&mut offerer, &mut answerer, Some("1")), 1);
        assert_eq!(negotiate(&mut offerer, &mut answerer, Some("2")), 2);
        assert_eq!(negotiate(&mut offerer, &mut answerer, Some("0")), usize::MAX);
        assert_eq!(negotiate(&mut offerer, &mut answerer, Some("1")), 1);
    };
    max_message_size_with_a_non_zero_value_larger_than_cansendsize_provided_by_the_remote_peer =
        "max-message-size with a (non-zero) value larger than canSendSize provided by the remote peer" => {
        let (mut offerer, mut answerer) = (offerer(), other());
        // Larger than no limit is no limit.
        assert_eq!(negotiate(&mut offerer, &mut answerer, Some("0")), usize::MAX);
    };
}

fn offerer() -> PeerConnection {
    let mut pc = lone();
    pc.create_data_channel("chat", in_band()).unwrap();
    assert_eq!(pc.max_message_size(), None);
    pc
}

fn set_local(pc: &mut PeerConnection) -> Description {
    pc.set_local_description(START, None).unwrap();
    let description = pc.local_description().unwrap();
    assert!(description.sdp.contains("\r\na=max-message-size:"));
    description
}

/// Carries an offer over in which the size is this one, and the answer back; gives what the
/// answerer makes of it.
fn negotiate(
    offerer: &mut PeerConnection,
    answerer: &mut PeerConnection,
    size: Option<&str>,
) -> usize {
    let sdp = set_local(offerer).sdp;
    let (before, rest) = sdp.split_once("a=max-message-size:").unwrap();
    let (_, after) = rest.split_once("\r\n").unwrap();
    let line = size.map_or(String::new(), |size| format!("a=max-message-size:{size}\r\n"));
    let offer = Description { kind: SdpType::Offer, sdp: format!("{before}{line}{after}") };
    answerer.set_remote_description(START, offer).unwrap();
    let answer = set_local(answerer);
    offerer.set_remote_description(START, answer).unwrap();
    answerer.max_message_size().unwrap()
}
