//! Standard input and output as lines, on threads of their own.
//!
//! Reading from a terminal or a pipe cannot be given up, so a runtime that did it would not end
//! before the input does.

use std::io::{self, BufRead, Read as _, Write as _};
use std::thread::{self, JoinHandle};

use tokio::sync::mpsc;

use super::protocol::Event;

/// A line of input, or why it is none.
pub(super) type Line = Result<String, &'static str>;

/// The lines of standard input, until it ends.
pub(super) fn read() -> mpsc::Receiver<Line> {
    let (sender, receiver) = mpsc::channel(QUEUE);
    thread::spawn(move || {
        let mut input = io::stdin().lock();
        while let Some(line) = next_line(&mut input) {
            if sender.blocking_send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Where events go to be written. The thread ends when all senders are dropped, or when nobody
/// reads standard output any more.
pub(super) fn write() -> (mpsc::Sender<Event>, JoinHandle<()>) {
    let (sender, mut receiver) = mpsc::channel::<Event>(QUEUE);
    let thread = thread::spawn(move || {
        let mut output = io::stdout().lock();
        while let Some(event) = receiver.blocking_recv() {
            // Strings and numbers only: there is always a JSON text.
            let Ok(mut line) = serde_json::to_vec(&event) else { continue };
            line.push(b'\n');
            if output.write_all(&line).and_then(|()| output.flush()).is_err() {
                break;
            }
        }
    });
    (sender, thread)
}

/// The next line without its end, `None` when there are no more.
fn next_line(input: &mut impl BufRead) -> Option<Line> {
    let mut line = Vec::new();
    let read = input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).ok()?;
    if read == 0 {
        return None;
    }
    if line.pop_if(|last| *last == b'\n').is_none() && read as u64 == LONGEST_LINE {
        return skip_line(input).then_some(Err("the line is longer than 4 MiB"));
    }
    Some(String::from_utf8(line).map_err(|_| "the line is not UTF-8"))
}

/// Reads up to the end of the line without keeping anything.
fn skip_line(input: &mut impl BufRead) -> bool {
    loop {
        let Ok(buffer) = input.fill_buf() else { return false };
        let end = buffer.iter().position(|&byte| byte == b'\n');
        let (length, done) = (end.map_or(buffer.len(), |end| end + 1), buffer.is_empty());
        input.consume(length);
        if done || end.is_some() {
            return true;
        }
    }
}

/// How many lines may wait on either side.
const QUEUE: usize = 64;

/// The longest line, in bytes: an offer of 1 MiB with every character escaped still fits.
const LONGEST_LINE: u64 = 4 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(mut input: &[u8]) -> Vec<Line> {
        core::iter::from_fn(|| next_line(&mut input)).collect()
    }

    #[test]
    fn the_last_line_needs_no_end() {
        assert_eq!(lines(b"a\n\nb"), [Ok("a".into()), Ok(String::new()), Ok("b".into())]);
        assert_eq!(lines(b""), []);
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped_and_the_next_one_is_read() {
        let mut input = vec![b'x'; LONGEST_LINE as usize + 10];
        input.extend_from_slice(b"\nnext\n");
        assert_eq!(lines(&input), [Err("the line is longer than 4 MiB"), Ok("next".into())]);
    }

    #[test]
    fn a_line_that_is_not_text_is_an_error() {
        assert_eq!(lines(b"\xff\nb\n"), [Err("the line is not UTF-8"), Ok("b".into())]);
    }
}
