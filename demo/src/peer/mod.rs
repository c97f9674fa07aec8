//! One end of a connection, told what to do by lines of JSON.
//!
//! What stands between two of these programs (pipes, ssh, a person with a clipboard) only has to
//! carry what one of them writes to the other: an `offer` event becomes an `answer` command, an
//! `answer` event an `accept` command, a `candidate` event a `candidate` command.

mod lines;
mod options;
mod protocol;
mod session;

pub(crate) use self::options::Options;
pub(crate) use self::session::run;
