//! Offers that cross each other, at shrinking intervals.

use crate::peers::Who;
use crate::perfect::stress;
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-perfect-negotiation-stress-glare.https.html", A1p;

    perfect_negotiation_stress_glare = "Perfect negotiation stress glare" => stress(Who::Alice, (0..10).rev());
    perfect_negotiation_stress_glare_with_roles_reversed = "Perfect negotiation stress glare with roles reversed" => stress(Who::Bob, (0..10).rev());
}
