//! How data channels are offered.

use crate::peers::{data_channel_offer, lone};
use crate::record::subtests;

subtests! {
    "protocol/sctp-format.html", A1;

    generated_datachannel_sdp_uses_correct_sctp_offer_syntax =
        "Generated Datachannel SDP uses correct SCTP offer syntax" => {
        let sdp = data_channel_offer(&mut lone()).sdp;
        let parts: Vec<&str> = sdp.split("\r\nm=").collect();
        let [_, media] = parts[..] else { panic!("{} sections", parts.len() - 1) };
        let (line, attributes) = media.split_once("\r\n").unwrap();
        let port = line.strip_prefix("application ").unwrap();
        let port = port.strip_suffix(" UDP/DTLS/SCTP webrtc-datachannel").unwrap();
        assert!(port.parse::<u16>().is_ok());
        let sctp_port =
            attributes.lines().find_map(|line| line.strip_prefix("a=sctp-port:")).unwrap();
        assert!(sctp_port.parse::<u16>().is_ok());
        assert!(attributes.contains("\r\na=mid:"));
    };
}
