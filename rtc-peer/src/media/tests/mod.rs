//! Two machines that send each other media, over networks of all sorts.

mod demux;
mod flow;
mod forward;
mod hostile;
mod loss;
mod pair;
mod reports;
mod tones;
