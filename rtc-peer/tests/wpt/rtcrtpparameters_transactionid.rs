//! Which parameters can be set. A task of the event loop ends with `poll_event`.

use rtc_peer::MediaKind;

use crate::media::{add, change, parameters, set_parameters};
use crate::peers::{events, lone};
use crate::record::{NO_TYPES, SYNCHRONOUS, subtests};

subtests! {
    "RTCRtpParameters-transactionId.html", A1;

    sender_getparameters_should_return_the_same_transaction_id_if_called_back_to_back_without_relinquishing_the_event_loop_even_if_the_microtask_queue_runs =
        "sender.getParameters() should return the same transaction ID if called back-to-back without relinquishing the event loop, even if the microtask queue runs" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Audio);
        let first = parameters(&mut pc, id);
        assert_eq!(parameters(&mut pc, id).transaction_id, first.transaction_id);
        assert_eq!(parameters(&mut pc, id).transaction_id, first.transaction_id);
    };
    sender_getparameters_should_return_a_different_transaction_id_if_the_event_loop_is_relinquished_between_multiple_calls =
        "sender.getParameters() should return a different transaction ID if the event loop is relinquished between multiple calls" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Audio);
        let first = parameters(&mut pc, id);
        events(&mut pc);
        assert_ne!(parameters(&mut pc, id).transaction_id, first.transaction_id);
    };
    sender_setparameters_with_transaction_id_different_from_last_getparameters_should_reject_with_invalidmodificationerror =
        "sender.setParameters() with transaction ID different from last getParameters() should reject with InvalidModificationError" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Audio);
        let result = change(&mut pc, id, |it| it.transaction_id.push_str("-modified"));
        assert_eq!(result, Err("InvalidModificationError"));
    };
    setparameters_twice_with_the_same_parameters_should_reject_with_invalidstateerror =
        "setParameters() twice with the same parameters should reject with InvalidStateError" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Audio);
        let parameters = parameters(&mut pc, id);
        set_parameters(&mut pc, id, parameters.clone()).unwrap();
        let error = set_parameters(&mut pc, id, parameters).unwrap_err();
        assert_eq!(error.exception().name(), "InvalidStateError");
    };
    setparameters_with_parameters_older_than_last_getparameters_should_reject_with_invalidmodificationerror =
        "setParameters() with parameters older than last getParameters() should reject with InvalidModificationError" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Audio);
        let older = parameters(&mut pc, id);
        events(&mut pc);
        assert_ne!(parameters(&mut pc, id).transaction_id, older.transaction_id);
        let error = set_parameters(&mut pc, id, older).unwrap_err();
        assert_eq!(error.exception().name(), "InvalidModificationError");
    };
    setparameters_when_the_event_loop_has_been_relinquished_since_the_last_getparameters_should_reject_with_invalidstateerror =
        "setParameters() when the event loop has been relinquished since the last getParameters() should reject with InvalidStateError" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Audio);
        let parameters = parameters(&mut pc, id);
        events(&mut pc);
        let error = set_parameters(&mut pc, id, parameters).unwrap_err();
        assert_eq!(error.exception().name(), "InvalidStateError");
    };

    [not applicable: SYNCHRONOUS]
        "sender.getParameters() should return the same transaction ID if called back-to-back without relinquishing the event loop, even if there is an intervening call to setParameters";
    [not applicable: NO_TYPES]
        "sender.setParameters() with transaction ID unset should reject with TypeError";
}
