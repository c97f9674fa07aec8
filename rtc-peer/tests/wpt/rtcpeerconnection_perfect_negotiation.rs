//! Perfect negotiation by either side, and by both at once.

use crate::peers::Who;
use crate::perfect::Perfect;
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-perfect-negotiation.https.html", A1p;

    perfect_negotiation_setup_connects = "Perfect negotiation setup connects" => connects(Who::Alice);
    perfect_negotiation_setup_connects_with_roles_reversed = "Perfect negotiation setup connects with roles reversed" => connects(Who::Bob);
    perfect_negotiation_glare = "Perfect negotiation glare" => glare(Who::Alice);
    perfect_negotiation_glare_with_roles_reversed = "Perfect negotiation glare with roles reversed" => glare(Who::Bob);
}

fn connects(polite: Who) {
    let mut both = Perfect::new(polite);
    assert_eq!(both.simple_connect(Who::Alice), 1);
    assert_eq!(both.add_transceiver(Who::Bob), 2);
}

fn glare(polite: Who) {
    let mut both = Perfect::new(polite);
    let added = [Who::Alice, Who::Bob].map(|who| (who, both.add(who)));
    for (who, id) in added {
        both.run_until_negotiated(who, id);
    }
    assert_eq!([Who::Alice, Who::Bob].map(|who| both.transceivers(who)), [2, 2]);
}
