//! The first lines of an offer.

use std::net::Ipv4Addr;

use crate::media::video_offer;
use crate::peers::lone;
use crate::record::subtests;

subtests! {
    "protocol/jsep-initial-offer.https.html", A1;

    offer_conforms_to_basic_sdp_requirements = "Offer conforms to basic SDP requirements" => {
        let sdp = video_offer(&mut lone()).sdp;
        let lines: Vec<&str> = sdp.split("\r\n").collect();
        assert_eq!(lines[0], "v=0");
        let origin: Vec<&str> = lines[1].strip_prefix("o=").unwrap().split(' ').collect();
        let [user, id, version, "IN", "IP4", address] = origin[..] else { panic!("{origin:?}") };
        assert!(!user.is_empty());
        assert!(id.parse::<u64>().is_ok());
        assert!(version.parse::<u64>().unwrap() < 1 << 62);
        let address: Ipv4Addr = address.parse().unwrap();
        assert!(address.is_unspecified() || address == Ipv4Addr::LOCALHOST);
        let name = lines[2].strip_prefix("s=").unwrap();
        assert!(!name.is_empty() && !name.contains(' '));
    };
}
