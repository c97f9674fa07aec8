//! The W3C's web-platform-tests of WebRTC, written anew on virtual time.
//!
//! A module is a file of `webrtc/` in the web-platform-tests, a test is one subtest of it, named
//! after its title, which stands beside it to the letter. A subtest that a loop makes there is a
//! test of its own here; one that goes through many cases is one. `coverage.txt` says how many
//! there are of each file; `coverage` holds it to that.
//!
//! JavaScript becomes Rust like this:
//!
//! * **Exceptions** are the errors of commands; `error.exception().name()` is what a subtest
//!   expects to be thrown, or a promise to be rejected with.
//! * **Promises** are results: a command has done all that it does when it returns. What a subtest
//!   says of the order of promises in a chain is therefore said of the order of the calls.
//! * **Events** come out of `poll_event`, in the order in which the specification fires them. What
//!   a handler would see is looked at between two polls where the state can still differ.
//! * **Attributes** are getters of the connection or of a handle to one of its parts.
//! * **Two local peer connections** are a pair on a network of virtual time; `setTimeout` is time
//!   that passes on it. Candidates are carried over as they come where the subtest does so.
//! * **`null` and what is left out** are `None` or the default. What the type system rules out, what
//!   only JavaScript can do and what this crate has decided otherwise is not applicable: the module
//!   says which and why.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../common/mod.rs"]
mod common;
mod config_test;
mod coverage;
mod media;
mod peers;
mod perfect;
mod record;
mod states;

mod getstats;
mod no_media_call;
mod promises_call;
mod protocol_candidate_exchange;
mod protocol_direction;
mod protocol_dtls_certificates;
mod protocol_dtls_fingerprint_validation;
mod protocol_dtls_setup;
mod protocol_ice_state;
mod protocol_ice_ufragpwd;
mod protocol_jsep_initial_offer;
mod protocol_missing_fields;
mod protocol_msid_generate;
mod protocol_msid_parse;
mod protocol_pt_no_bundle;
mod protocol_rtcpeerconnection_payloadtypes;
mod protocol_rtp_headerextensions;
mod protocol_rtp_payloadtypes;
mod protocol_sctp_format;
mod protocol_sdes_dont_dont_dont;
mod protocol_transceiver_mline_recycling;
mod protocol_unknown_mediatypes;
mod protocol_video_codecs;
mod protocol_vp8_fmtp;
mod recvonly_transceiver_can_become_sendrecv;
mod rollbackevents;
mod rtccertificate;
mod rtcconfiguration_bundlepolicy;
mod rtcconfiguration_icecandidatepoolsize;
mod rtcconfiguration_iceservers;
mod rtcconfiguration_icetransportpolicy;
mod rtcconfiguration_rtcpmuxpolicy;
mod rtcconfiguration_validation;
mod rtcdatachannel_bufferedamount;
mod rtcdatachannel_close;
mod rtcdatachannel_icerestart;
mod rtcdatachannel_id;
mod rtcdatachannel_send_close_array_buffer;
mod rtcdatachannel_send_close_array_buffer_negotiated;
mod rtcdatachannel_send_close_string;
mod rtcdatachannel_send_close_string_negotiated;
mod rtcdtlstransport_getremotecertificates;
mod rtcdtlstransport_state;
mod rtcicecandidate_constructor;
mod rtciceconnectionstate_candidate_pair;
mod rtcicetransport;
mod rtcpeerconnection_add_track_no_deadlock;
mod rtcpeerconnection_addicecandidate;
mod rtcpeerconnection_addicecandidate_connectionsetup;
mod rtcpeerconnection_addicecandidate_timing;
mod rtcpeerconnection_addtcpicecandidate;
mod rtcpeerconnection_addtrack;
mod rtcpeerconnection_addtransceiver;
mod rtcpeerconnection_candidate_in_sdp;
mod rtcpeerconnection_cantrickleicecandidates;
mod rtcpeerconnection_connectionstate;
mod rtcpeerconnection_constructor;
mod rtcpeerconnection_createanswer;
mod rtcpeerconnection_createdatachannel;
mod rtcpeerconnection_createoffer;
mod rtcpeerconnection_description_attributes_timing;
mod rtcpeerconnection_explicit_rollback_icegatheringstate;
mod rtcpeerconnection_generatecertificate;
mod rtcpeerconnection_gettransceivers;
mod rtcpeerconnection_iceconnectionstate;
mod rtcpeerconnection_iceconnectionstate_disconnected;
mod rtcpeerconnection_icegatheringstate;
mod rtcpeerconnection_ondatachannel;
mod rtcpeerconnection_onicecandidateerror;
mod rtcpeerconnection_onnegotiationneeded;
mod rtcpeerconnection_onsignalingstatechanged;
mod rtcpeerconnection_ontrack;
mod rtcpeerconnection_perfect_negotiation;
mod rtcpeerconnection_perfect_negotiation_stress_glare;
mod rtcpeerconnection_perfect_negotiation_stress_glare_linear;
mod rtcpeerconnection_removetrack;
mod rtcpeerconnection_restartice;
mod rtcpeerconnection_restartice_onnegotiationneeded;
mod rtcpeerconnection_setdescription_transceiver;
mod rtcpeerconnection_setlocaldescription;
mod rtcpeerconnection_setlocaldescription_answer;
mod rtcpeerconnection_setlocaldescription_offer;
mod rtcpeerconnection_setlocaldescription_parameterless;
mod rtcpeerconnection_setlocaldescription_pranswer;
mod rtcpeerconnection_setlocaldescription_rollback;
mod rtcpeerconnection_setremotedescription;
mod rtcpeerconnection_setremotedescription_answer;
mod rtcpeerconnection_setremotedescription_nomsid;
mod rtcpeerconnection_setremotedescription_offer;
mod rtcpeerconnection_setremotedescription_pranswer;
mod rtcpeerconnection_setremotedescription_replacetrack;
mod rtcpeerconnection_setremotedescription_rollback;
mod rtcpeerconnection_sld_srd_timing;
mod rtcpeerconnection_transceivers;
mod rtcpeerconnection_transport_stats;
mod rtcrtpparameters_encodings;
mod rtcrtpparameters_headerextensions;
mod rtcrtpparameters_maxframerate;
mod rtcrtpparameters_rtcp;
mod rtcrtpparameters_transactionid;
mod rtcrtpreceiver_getcapabilities;
mod rtcrtpreceiver_getparameters;
mod rtcrtpsender_getcapabilities;
mod rtcrtpsender_getparameters;
mod rtcrtpsender_setparameters;
mod rtcrtpsender_setstreams;
mod rtcrtptransceiver_direction;
mod rtcrtptransceiver_setcodecpreferences;
mod rtcrtptransceiver_stop;
mod rtcrtptransceiver_stopping;
mod rtcsctptransport_constructor;
mod rtcsctptransport_maxchannels;
mod rtcsctptransport_maxmessagesize;
mod rtctrackevent_fire;

/// All files that are tests here.
const RECORDS: &[record::Record] = &[
    getstats::RECORD,
    no_media_call::RECORD,
    promises_call::RECORD,
    protocol_candidate_exchange::RECORD,
    protocol_direction::RECORD,
    protocol_dtls_certificates::RECORD,
    protocol_dtls_fingerprint_validation::RECORD,
    protocol_dtls_setup::RECORD,
    protocol_ice_state::RECORD,
    protocol_ice_ufragpwd::RECORD,
    protocol_jsep_initial_offer::RECORD,
    protocol_missing_fields::RECORD,
    protocol_msid_generate::RECORD,
    protocol_msid_parse::RECORD,
    protocol_pt_no_bundle::RECORD,
    protocol_rtcpeerconnection_payloadtypes::RECORD,
    protocol_rtp_headerextensions::RECORD,
    protocol_rtp_payloadtypes::RECORD,
    protocol_sctp_format::RECORD,
    protocol_sdes_dont_dont_dont::RECORD,
    protocol_transceiver_mline_recycling::RECORD,
    protocol_unknown_mediatypes::RECORD,
    protocol_video_codecs::RECORD,
    protocol_vp8_fmtp::RECORD,
    recvonly_transceiver_can_become_sendrecv::RECORD,
    rollbackevents::RECORD,
    rtccertificate::RECORD,
    rtcconfiguration_bundlepolicy::RECORD,
    rtcconfiguration_icecandidatepoolsize::RECORD,
    rtcconfiguration_iceservers::RECORD,
    rtcconfiguration_icetransportpolicy::RECORD,
    rtcconfiguration_rtcpmuxpolicy::RECORD,
    rtcconfiguration_validation::RECORD,
    rtcdatachannel_bufferedamount::RECORD,
    rtcdatachannel_close::RECORD,
    rtcdatachannel_icerestart::RECORD,
    rtcdatachannel_id::RECORD,
    rtcdatachannel_send_close_array_buffer::RECORD,
    rtcdatachannel_send_close_array_buffer_negotiated::RECORD,
    rtcdatachannel_send_close_string::RECORD,
    rtcdatachannel_send_close_string_negotiated::RECORD,
    rtcdtlstransport_getremotecertificates::RECORD,
    rtcdtlstransport_state::RECORD,
    rtcicecandidate_constructor::RECORD,
    rtciceconnectionstate_candidate_pair::RECORD,
    rtcicetransport::RECORD,
    rtcpeerconnection_add_track_no_deadlock::RECORD,
    rtcpeerconnection_addicecandidate::RECORD,
    rtcpeerconnection_addicecandidate_connectionsetup::RECORD,
    rtcpeerconnection_addicecandidate_timing::RECORD,
    rtcpeerconnection_addtcpicecandidate::RECORD,
    rtcpeerconnection_addtrack::RECORD,
    rtcpeerconnection_addtransceiver::RECORD,
    rtcpeerconnection_candidate_in_sdp::RECORD,
    rtcpeerconnection_cantrickleicecandidates::RECORD,
    rtcpeerconnection_connectionstate::RECORD,
    rtcpeerconnection_constructor::RECORD,
    rtcpeerconnection_createanswer::RECORD,
    rtcpeerconnection_createdatachannel::RECORD,
    rtcpeerconnection_createoffer::RECORD,
    rtcpeerconnection_description_attributes_timing::RECORD,
    rtcpeerconnection_explicit_rollback_icegatheringstate::RECORD,
    rtcpeerconnection_generatecertificate::RECORD,
    rtcpeerconnection_gettransceivers::RECORD,
    rtcpeerconnection_iceconnectionstate::RECORD,
    rtcpeerconnection_iceconnectionstate_disconnected::RECORD,
    rtcpeerconnection_icegatheringstate::RECORD,
    rtcpeerconnection_ondatachannel::RECORD,
    rtcpeerconnection_onicecandidateerror::RECORD,
    rtcpeerconnection_onnegotiationneeded::RECORD,
    rtcpeerconnection_onsignalingstatechanged::RECORD,
    rtcpeerconnection_ontrack::RECORD,
    rtcpeerconnection_perfect_negotiation::RECORD,
    rtcpeerconnection_perfect_negotiation_stress_glare::RECORD,
    rtcpeerconnection_perfect_negotiation_stress_glare_linear::RECORD,
    rtcpeerconnection_removetrack::RECORD,
    rtcpeerconnection_restartice::RECORD,
    rtcpeerconnection_restartice_onnegotiationneeded::RECORD,
    rtcpeerconnection_setdescription_transceiver::RECORD,
    rtcpeerconnection_setlocaldescription::RECORD,
    rtcpeerconnection_setlocaldescription_answer::RECORD,
    rtcpeerconnection_setlocaldescription_offer::RECORD,
    rtcpeerconnection_setlocaldescription_parameterless::RECORD,
    rtcpeerconnection_setlocaldescription_pranswer::RECORD,
    rtcpeerconnection_setlocaldescription_rollback::RECORD,
    rtcpeerconnection_setremotedescription::RECORD,
    rtcpeerconnection_setremotedescription_answer::RECORD,
    rtcpeerconnection_setremotedescription_nomsid::RECORD,
    rtcpeerconnection_setremotedescription_offer::RECORD,
    rtcpeerconnection_setremotedescription_pranswer::RECORD,
    rtcpeerconnection_setremotedescription_replacetrack::RECORD,
    rtcpeerconnection_setremotedescription_rollback::RECORD,
    rtcpeerconnection_sld_srd_timing::RECORD,
    rtcpeerconnection_transceivers::RECORD,
    rtcpeerconnection_transport_stats::RECORD,
    rtcrtpparameters_encodings::RECORD,
    rtcrtpparameters_headerextensions::RECORD,
    rtcrtpparameters_maxframerate::RECORD,
    rtcrtpparameters_rtcp::RECORD,
    rtcrtpparameters_transactionid::RECORD,
    rtcrtpreceiver_getcapabilities::RECORD,
    rtcrtpreceiver_getparameters::RECORD,
    rtcrtpsender_getcapabilities::RECORD,
    rtcrtpsender_getparameters::RECORD,
    rtcrtpsender_setparameters::RECORD,
    rtcrtpsender_setstreams::RECORD,
    rtcrtptransceiver_direction::RECORD,
    rtcrtptransceiver_setcodecpreferences::RECORD,
    rtcrtptransceiver_stop::RECORD,
    rtcrtptransceiver_stopping::RECORD,
    rtcsctptransport_constructor::RECORD,
    rtcsctptransport_maxchannels::RECORD,
    rtcsctptransport_maxmessagesize::RECORD,
    rtctrackevent_fire::RECORD,
];
