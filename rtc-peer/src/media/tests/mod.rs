//! Two machines that send each other media, over networks of all sorts.

mod flow;
mod pair;
