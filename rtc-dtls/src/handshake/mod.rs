//! What every handshake needs whatever its version: flights out, messages in, a transcript.

mod flight;
mod reassembly;
mod transcript;

pub(crate) use flight::{Flight, RetransmissionTimer};
pub(crate) use reassembly::{Inserted, Message, Reassembler};
pub(crate) use transcript::Transcript;
