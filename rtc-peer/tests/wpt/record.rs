//! How a subtest is written down, so that code can count which there are.

/// One file of the web-platform-tests and what became of its subtests here.
pub(crate) struct Record {
    /// Its path below `webrtc/`.
    pub(crate) file: &'static str,
    /// What it needs of its surroundings: see `coverage.txt`.
    pub(crate) group: &'static str,
    /// The titles of the subtests that are tests here.
    pub(crate) written: &'static [&'static str],
    /// The titles of those that have no meaning here, by the reason.
    pub(crate) not_applicable: &'static [(&'static str, &'static [&'static str])],
}

impl Record {
    pub(crate) fn not_applicable(&self) -> usize {
        self.not_applicable.iter().map(|(_, titles)| titles.len()).sum()
    }

    pub(crate) fn titles(&self) -> impl Iterator<Item = &'static str> {
        let not_applicable = self.not_applicable.iter().flat_map(|(_, titles)| *titles);
        self.written.iter().chain(not_applicable).copied()
    }
}

/// Makes a test of each subtest: the name of the test, the title that the subtest has in its file,
/// and what it does. Subtests that a loop makes there are one line each here.
macro_rules! subtests {
    (
        $file:literal, $group:ident;
        $($name:ident = $title:literal => $body:expr;)*
        $([not applicable: $why:expr] $($other:literal),+;)*
    ) => {
        $(#[test]
        fn $name() {
            $body
        })*

        pub(crate) const RECORD: crate::record::Record = crate::record::Record {
            file: $file,
            group: stringify!($group),
            written: &[$($title),*],
            not_applicable: &[$(($why, &[$($other),+])),*],
        };
    };
}

pub(crate) use subtests;

// Reasons that more than one file has.

pub(crate) const NO_BLOB: &str = "there is no Blob here: a message is text or bytes";
pub(crate) const NO_TYPES: &str = "the type system leaves nothing to test";
pub(crate) const SYNCHRONOUS: &str = "commands are synchronous: nothing can come in between";
pub(crate) const ONE_ENCODING: &str = "a decision: a sender has one encoding, which W3C allows";
pub(crate) const FORGOTTEN: &str = "a decision: a transceiver that has left the list is forgotten";
