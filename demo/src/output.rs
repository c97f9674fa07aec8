//! Lines for people on standard output.

use core::fmt::Display;
use std::io::{self, Write as _};

/// Prints a line. Whether anybody reads it, as in `demo | head`, changes nothing.
pub(crate) fn say(line: impl Display) {
    let _nobody_listens = writeln!(io::stdout(), "{line}");
}
