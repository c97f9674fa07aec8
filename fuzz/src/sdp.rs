//! Bodies of the fuzz targets of rtc-sdp: what is read is written to be read the same.

use rtc_sdp::{Candidate, SessionDescription, TrickleFragment};

/// Reads a description, asks it all questions, writes it and reads it again.
pub fn parse(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    let Ok(session) = SessionDescription::parse(text) else { return };
    let written = session.to_string();
    assert!(written.ends_with("\r\n"));
    assert_eq!(SessionDescription::parse(&written).as_ref(), Ok(&session));
    // Once more: the writing is a fixed point.
    assert_eq!(SessionDescription::parse(&written).map(|again| again.to_string()), Ok(written));

    let mids = session.mids();
    assert_eq!(mids.len(), session.media.iter().filter(|media| media.mid().is_some()).count());
    for media in &session.media {
        let formats = media.payload_formats();
        assert!(formats.iter().all(|format| format.payload_type <= 127));
        assert!(formats.iter().count() <= 128);
        for format in formats.iter() {
            let _all = formats.feedback(format).count();
            for fmtp in &format.fmtps {
                let _all = fmtp.parameters().count();
            }
        }
        if let Some(ufrag) = session.ice_ufrag(media) {
            assert!((4..=256).contains(&ufrag.len()));
        }
        if let Some(password) = session.ice_pwd(media) {
            assert!((22..=256).contains(&password.as_str().len()));
        }
        for fingerprint in session.fingerprints(media) {
            assert!(fingerprint.hash().length().is_none_or(|l| l == fingerprint.bytes().len()));
        }
        for candidate in media.candidates() {
            assert_eq!(Candidate::parse(&candidate.to_string()).as_ref(), Ok(candidate));
            let address = &candidate.address;
            assert!(address.ip().is_none() || address.name().is_none());
        }
        let _ = (session.setup(media), session.direction(media), media.sctp_port());
        let _ = (session.conflicting_extmap(media), media.is_data_channel(), formats.conflict());
    }
}

/// Reads a trickled candidate, writes it and reads it again.
pub fn candidate(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    let Ok(candidate) = Candidate::parse(text) else { return };
    let written = candidate.to_string();
    assert!(!written.contains(['\r', '\n', '\0']));
    assert_eq!(Candidate::parse(&written), Ok(candidate));
}

/// Reads a fragment, writes it and reads it again.
pub fn trickle_fragment(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    let Ok(fragment) = TrickleFragment::parse(text) else { return };
    assert_eq!(TrickleFragment::parse(&fragment.to_string()), Ok(fragment));
}
