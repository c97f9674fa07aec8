//! What tests read in descriptions.

use std::collections::BTreeMap;

/// An m-section.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) kind: String,
    pub(crate) port: u16,
    pub(crate) mid: String,
    /// The codecs by payload type; a retransmission format with what it repairs.
    pub(crate) codecs: BTreeMap<u8, String>,
    /// The URIs of header extensions by id.
    pub(crate) extensions: BTreeMap<u8, String>,
}

/// The m-sections of a description, in order.
pub(crate) fn sections(sdp: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for line in sdp.lines() {
        if let Some(rest) = line.strip_prefix("m=") {
            let mut words = rest.split(' ');
            let kind = words.next().unwrap_or_default().into();
            let port = words.next().and_then(|port| port.parse().ok()).unwrap_or_default();
            sections.push(Section { kind, port, ..Section::default() });
        }
        let Some(section) = sections.last_mut() else { continue };
        if let Some(mid) = line.strip_prefix("a=mid:") {
            section.mid = mid.into();
        } else if let Some((number, codec)) = numbered(line, "a=rtpmap:") {
            // One channel may be written or not.
            let codec = codec.strip_suffix("/1").unwrap_or(codec);
            section.codecs.entry(number).or_default().insert_str(0, codec);
        } else if let Some((number, parameters)) = numbered(line, "a=fmtp:")
            && parameters.starts_with("apt=")
        {
            section.codecs.entry(number).or_default().push_str(parameters);
        } else if let Some((id, uri)) = numbered(line, "a=extmap:") {
            section.extensions.insert(id, uri.into());
        }
    }
    sections
}

/// `prefix`, a number perhaps followed by a direction, a space, and the rest.
fn numbered<'a>(line: &'a str, prefix: &str) -> Option<(u8, &'a str)> {
    let (number, rest) = line.strip_prefix(prefix)?.split_once(' ')?;
    let number = number.split('/').next()?.parse().ok()?;
    Some((number, rest))
}

/// Numbers that must mean the same for ever: in the same m-section, and where it is asked for, in
/// all of them.
#[derive(Debug, Default)]
pub(crate) struct Meanings {
    codecs: BTreeMap<(String, u8), String>,
    extensions: BTreeMap<(String, u8), String>,
}

impl Meanings {
    /// Whether each number in this description means what it did before. Within one description of
    /// ours all m-sections agree; Firefox minds only one m-section at a time.
    pub(crate) fn hold(&mut self, sections: &[Section], ours: bool) -> Result<(), String> {
        let mut all = Self::default();
        for section in sections {
            self.hold_in(section, &section.mid)?;
            if ours {
                all.hold_in(section, "")?;
            }
        }
        Ok(())
    }

    fn hold_in(&mut self, section: &Section, place: &str) -> Result<(), String> {
        let codecs = section.codecs.iter().map(|entry| (entry, false));
        let extensions = section.extensions.iter().map(|entry| (entry, true));
        for ((number, meaning), is_extension) in codecs.chain(extensions) {
            let known = if is_extension { &mut self.extensions } else { &mut self.codecs };
            let first = known.entry((place.into(), *number)).or_insert_with(|| meaning.clone());
            if first != meaning {
                return Err(format!("{number} was {first} and is {meaning}"));
            }
        }
        Ok(())
    }
}

#[test]
fn sections_are_read() {
    let sdp = "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=fmtp:97 apt=96\r\na=rtpmap:96 VP8/90000\r\n\
               a=rtpmap:97 rtx/90000\r\na=mid:x\r\na=extmap:3/recvonly urn:u\r\n";
    let read = sections(sdp);
    assert_eq!(read[0].codecs[&97], "rtx/90000apt=96");
    assert_eq!((&*read[0].mid, read[0].port, &*read[0].extensions[&3]), ("x", 9, "urn:u"));
    let mut meanings = Meanings::default();
    assert_eq!(meanings.hold(&read, true), Ok(()));
    assert!(meanings.hold(&sections(&sdp.replace("VP8", "VP9")), false).is_err());
}
