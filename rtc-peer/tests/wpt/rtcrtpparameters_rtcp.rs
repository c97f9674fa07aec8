//! RTCP's parameters, which cannot be set.

use rtc_peer::MediaKind;

use crate::media::{add, change};
use crate::peers::lone;
use crate::record::subtests;

subtests! {
    "RTCRtpParameters-rtcp.html", A1;

    setparameters_with_modified_rtcp_cname_should_reject_with_invalidmodificationerror =
        "setParameters() with modified rtcp.cname should reject with InvalidModificationError" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Audio);
        let result = change(&mut pc, id, |it| it.rtcp.cname.push_str("-modified"));
        assert_eq!(result, Err("InvalidModificationError"));
    };
    setparameters_with_modified_rtcp_reducedsize_should_reject_with_invalidmodificationerror =
        "setParameters() with modified rtcp.reducedSize should reject with InvalidModificationError" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Audio);
        let result = change(&mut pc, id, |it| it.rtcp.reduced_size = !it.rtcp.reduced_size);
        assert_eq!(result, Err("InvalidModificationError"));
    };
}
