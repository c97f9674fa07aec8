//! When parameters cannot be set.

use rtc_peer::MediaKind;

use crate::media::{add, parameters, set_parameters};
use crate::peers::{events, lone};
use crate::record::{SYNCHRONOUS, subtests};

subtests! {
    "RTCRtpSender-setParameters.html", A1;

    setparameters_when_transceiver_is_stopped_should_reject_with_invalidstateerror =
        "setParameters() when transceiver is stopped should reject with InvalidStateError" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Audio);
        let parameters = parameters(&mut pc, id);
        pc.transceiver_mut(id).unwrap().stop().unwrap();
        let error = set_parameters(&mut pc, id, parameters).unwrap_err();
        assert_eq!(error.exception().name(), "InvalidStateError");
    };
    setparameters_with_already_used_parameters_should_reject_with_invalidstateerror_if_the_event_loop_has_been_relinquished =
        "setParameters() with already used parameters should reject with InvalidStateError if the event loop has been relinquished" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Audio);
        let parameters = parameters(&mut pc, id);
        set_parameters(&mut pc, id, parameters.clone()).unwrap();
        events(&mut pc);
        let error = set_parameters(&mut pc, id, parameters).unwrap_err();
        assert_eq!(error.exception().name(), "InvalidStateError");
    };

    [not applicable: SYNCHRONOUS]
        "setParameters() with already used parameters should work if the event loop has not been relinquished";
}
