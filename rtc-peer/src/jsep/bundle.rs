//! BUNDLE groups (RFC 9143): which m-sections share a transport.

use alloc::vec::Vec;

use rtc_sdp::{Attribute, Group, SessionDescription};

use super::accept::unacceptable;
use crate::error::{DescriptionError, Fault};

/// The BUNDLE groups of a description, by m-line index.
#[derive(Debug, Clone, Default)]
pub(super) struct Groups {
    /// The members of each group that are not rejected, in its order.
    groups: Vec<Vec<usize>>,
    /// The group of each m-section.
    of_section: Vec<Option<usize>>,
}

impl Groups {
    /// Those of a description, whatever it is worth: for one that has been checked.
    pub(super) fn of(session: &SessionDescription) -> Self {
        let mids = session.mids();
        let mut found = Self { groups: Vec::new(), of_section: Vec::new() };
        found.of_section.resize(session.media.len(), None);
        for group in session.bundles() {
            let mut members = Vec::new();
            for index in group.mids.iter().filter_map(|mid| mids.get(&**mid).copied()) {
                let rejected = session.media.get(index).is_none_or(|media| media.is_rejected());
                let slot = found.of_section.get_mut(index);
                if let (false, Some(slot @ None)) = (rejected, slot) {
                    *slot = Some(found.groups.len());
                    members.push(index);
                }
            }
            found.groups.push(members);
        }
        found.groups.truncate(session.media.len().max(1));
        found
    }

    /// No group may name an m-section that does not exist, and no two may name the same one
    /// (RFC 9143 section 7.1); who is in a group needs a name.
    pub(super) fn check(session: &SessionDescription) -> Result<(), DescriptionError> {
        if session.bundles().next().is_none() {
            return Ok(());
        }
        let missing =
            session.media.iter().position(|media| media.mid().is_none() && !media.is_rejected());
        if let Some(index) = missing {
            return Err(unacceptable(index, Fault::MissingMid));
        }
        let mids = session.mids();
        let mut named = alloc::collections::BTreeSet::new();
        for mid in session.bundles().flat_map(|group| &group.mids) {
            if !mids.contains_key(&**mid) || !named.insert(&**mid) {
                return Err(unacceptable(0, Fault::BadBundle));
            }
        }
        Ok(())
    }

    /// The members of the group that an m-section is in, in order; nothing where it is in none.
    pub(super) fn around(&self, index: usize) -> &[usize] {
        self.group(index).and_then(|group| self.groups.get(group)).map_or(&[], Vec::as_slice)
    }

    /// Which group an m-section is in.
    pub(super) fn group(&self, index: usize) -> Option<usize> {
        self.of_section.get(index).copied().flatten()
    }

    /// The m-section that speaks for the transport of an m-section: the first one of its group
    /// that `counts`, or itself.
    pub(super) fn tagged(&self, index: usize, counts: impl Fn(usize) -> bool) -> usize {
        self.around(index).iter().copied().find(|member| counts(*member)).unwrap_or(index)
    }

    /// All m-sections, those in groups first and in the order of their group.
    pub(super) fn order(&self) -> impl Iterator<Item = usize> + '_ {
        let lone = |index: &usize| self.group(*index).is_none();
        let grouped = self.groups.iter().flatten().copied();
        grouped.chain((0..self.of_section.len()).filter(lone))
    }

    /// The groups, as indices of m-sections.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[usize]> {
        self.groups.iter().map(Vec::as_slice)
    }
}

/// The line that bundles these m-sections.
pub(super) fn group_line(session: &SessionDescription, members: &[usize]) -> Attribute {
    let mid = |index: &usize| session.media.get(*index).and_then(|media| media.mid());
    Attribute::Group(Group::bundle(members.iter().filter_map(mid)))
}
