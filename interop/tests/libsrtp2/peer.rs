//! libsrtp2, compiled from `peer.c` and spoken to over pipes.

use std::{
    env, fs,
    io::{self, BufReader, Read as _, Write as _},
    path::{Path, PathBuf},
    process::{self, Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::LazyLock,
    thread,
};

use anyhow::{Context as _, bail, ensure};
use rtc_srtp::srtp::ProtectionProfile;

/// A process with one context of libsrtp2 to send and one to receive, under the same master key.
pub(crate) struct Peer {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts the program. If there is no C compiler or no libsrtp2, says on standard error that
    /// the test is skipped, past the capture of the test runner.
    ///
    /// # Errors
    /// If one of them is missing and the environment variable `CI` is set: there nothing may be
    /// skipped. If the program is not compiled or does not start.
    pub(crate) fn require() -> anyhow::Result<Option<Self>> {
        if let Err(missing) = probe() {
            if env::var_os("CI").is_some() {
                bail!("{missing}");
            }
            let thread = thread::current();
            let test = thread.name().unwrap_or("a test");
            let _ = writeln!(io::stderr(), "INTEROP SKIPPED: {test}: {missing}");
            return Ok(None);
        }
        let program = PROGRAM.as_ref().map_err(|why| anyhow::anyhow!("{why}"))?;
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| program.display().to_string())?;
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().context("no output")?);
        Ok(Some(Self { child, input, output }))
    }

    /// New contexts that know of no stream. Received RTCP has to be encrypted if sent RTCP is.
    pub(crate) fn set_keys(
        &mut self,
        profile: ProtectionProfile,
        key: &[u8],
        salt: &[u8],
        encrypt_rtcp: bool,
    ) -> anyhow::Result<()> {
        let mut batch = Batch::default();
        let id = profile.id().to_be_bytes();
        batch.push(b'k', &[&id[..], &[encrypt_rtcp.into()], key, salt].concat())?;
        self.ask(batch)?.pop().context("no answer")?.map_err(Status::into_error)?;
        Ok(())
    }

    /// What libsrtp2 says to one packet.
    pub(crate) fn ask_one(&mut self, command: u8, packet: &[u8]) -> anyhow::Result<Answer> {
        let mut batch = Batch::default();
        batch.push(command, packet)?;
        self.ask(batch)?.pop().context("no answer")
    }

    /// What libsrtp2 says to each of the commands.
    pub(crate) fn ask(&mut self, batch: Batch) -> anyhow::Result<Vec<Answer>> {
        let input = self.input.as_mut().context("closed")?;
        input.write_all(&u32::try_from(batch.bytes.len())?.to_be_bytes())?;
        input.write_all(&batch.bytes)?;
        input.flush()?;
        let mut len = [0; 4];
        self.output.read_exact(&mut len)?;
        let mut bytes = vec![0; u32::from_be_bytes(len).try_into()?];
        self.output.read_exact(&mut bytes)?;
        let mut rest = &bytes[..];
        let mut answers = Vec::with_capacity(batch.len);
        while let Some(([status, high, low], behind)) = rest.split_first_chunk() {
            let len = u16::from_be_bytes([*high, *low]).into();
            let (data, behind) = behind.split_at_checked(len).context("a truncated answer")?;
            let accepted = *status == 0;
            answers.push(if accepted { Ok(data.to_vec()) } else { Err(Status(*status)) });
            rest = behind;
        }
        ensure!(answers.len() == batch.len, "{} answers to {}", answers.len(), batch.len);
        Ok(answers)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

/// The packet that libsrtp2 made, or why it made none.
pub(crate) type Answer = Result<Vec<u8>, Status>;

/// An `srtp_err_status_t` that is not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Status(pub(crate) u8);

impl Status {
    /// `srtp_err_status_auth_fail`.
    pub(crate) const FORGED: Self = Self(7);
    /// `srtp_err_status_cant_check`.
    pub(crate) const CANNOT_CHECK: Self = Self(14);

    /// Whether the packet was taken for one that was there before, or for too old to tell.
    pub(crate) const fn is_replay(self) -> bool {
        matches!(self.0, 9 | 10)
    }

    fn into_error(self) -> anyhow::Error {
        anyhow::anyhow!("libsrtp2 answers with status {}", self.0)
    }
}

/// Commands that go to libsrtp2 in one piece; `peer.c` lists them.
#[derive(Default)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    len: usize,
}

impl Batch {
    pub(crate) fn push(&mut self, command: u8, data: &[u8]) -> anyhow::Result<()> {
        self.bytes.push(command);
        self.bytes.extend_from_slice(&u16::try_from(data.len())?.to_be_bytes());
        self.bytes.extend_from_slice(data);
        self.len += 1;
        Ok(())
    }
}

/// Whether there is what it takes to compile the program.
fn probe() -> Result<(), &'static str> {
    let child = Command::new("cc")
        .args(["-x", "c", "-fsyntax-only", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else { return Err("there is no C compiler, cc") };
    if let Some(mut input) = child.stdin.take() {
        let _ = input.write_all(b"#include <srtp2/srtp.h>\n");
    }
    let found = child.wait().is_ok_and(|status| status.success());
    if found { Ok(()) } else { Err("libsrtp2 is not installed (Debian: libsrtp2-dev)") }
}

fn compile() -> anyhow::Result<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // Another process may be doing the same: each compiles for itself, the last one wins.
    let unfinished = folder.join(format!("libsrtp2-peer-{}", process::id()));
    let mut compiler = Command::new("cc")
        .args(["-std=c11", "-D_POSIX_C_SOURCE=199309L", "-O2", "-Wall", "-Wextra", "-Werror", "-o"])
        .arg(&unfinished)
        .args(["-x", "c", "-", "-lsrtp2"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    compiler.stdin.take().context("no input")?.write_all(include_bytes!("peer.c"))?;
    let output = compiler.wait_with_output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let program = folder.join("libsrtp2-peer");
    fs::rename(&unfinished, &program)?;
    Ok(program)
}

static PROGRAM: LazyLock<Result<PathBuf, String>> =
    LazyLock::new(|| compile().map_err(|why| format!("{why:#}")));
