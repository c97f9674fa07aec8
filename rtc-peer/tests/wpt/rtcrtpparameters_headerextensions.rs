//! Header extensions as parameters, which cannot be set.

use rtc_peer::{MediaKind, RtpHeaderExtensionParameters};

use crate::media::{add, change};
use crate::peers::lone;
use crate::record::subtests;

subtests! {
    "RTCRtpParameters-headerExtensions.html", A1;

    setparameters_with_modified_headerextensions_should_reject_with_invalidmodificationerror =
        "setParameters() with modified headerExtensions should reject with InvalidModificationError" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Audio);
        let result = change(&mut pc, id, |it| {
            it.header_extensions = [RtpHeaderExtensionParameters {
                uri: "non-existent.example.org".into(),
                id: 404,
                encrypted: false,
            }]
            .into();
        });
        assert_eq!(result, Err("InvalidModificationError"));
    };
}
