//! Offers that cross each other, without a pause in between.

use crate::peers::Who;
use crate::perfect::stress;
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-perfect-negotiation-stress-glare-linear.https.html", A1p;

    perfect_negotiation_stress_glare_linear = "Perfect negotiation stress glare linear" => stress(Who::Alice, [0; 10].into_iter());
    perfect_negotiation_stress_glare_linear_with_roles_reversed = "Perfect negotiation stress glare linear with roles reversed" => stress(Who::Bob, [0; 10].into_iter());
}
