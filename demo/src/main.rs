//! Two peers over loopback, then a page to talk to.

fn main() {}
