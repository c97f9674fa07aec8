//! What cleans up after the test process, however that ends.

use std::{
    ffi::OsStr,
    io,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, Stdio},
};

/// A shell that outlives the test process for a moment: it reads from a pipe that only this process
/// holds, and when the pipe ends, be it by drop, exit, abort or SIGKILL, it cleans up. (Rust never
/// drops a static, and a shared browser is one.)
pub(crate) struct Guardian(Child);

impl Guardian {
    /// Kills a process group and whatever else has its home in this folder, and removes the folder.
    pub(crate) fn of_processes(group: u32, folder: &Path) -> io::Result<Self> {
        let group = group.to_string();
        Self::new(OF_PROCESSES, [OsStr::new(&group), folder.as_os_str()])
    }

    /// Removes all network namespaces whose names begin with this.
    pub(crate) fn of_namespaces(prefix: &str) -> io::Result<Self> {
        Self::new(OF_NAMESPACES, [OsStr::new(prefix)])
    }

    /// Has it clean up now, and waits for that.
    pub(crate) fn strike(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }

    fn new<'a>(script: &str, arguments: impl IntoIterator<Item = &'a OsStr>) -> io::Result<Self> {
        let shell = Command::new("/bin/sh")
            .args(["-c", script, "guardian"])
            .args(arguments)
            // Not in the terminal's foreground group: an interrupt must not end the guardian first.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self(shell))
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        self.strike();
    }
}

/// `$1` is the process group, `$2` the folder. Crash handlers leave the group, but keep the
/// environment, which names the folder as their home; of a dead process it reads as empty. Killed
/// processes take a moment to die, hence the rounds.
const OF_PROCESSES: &str = r#"read -r _
rounds=100
while [ $((rounds -= 1)) -gt 0 ]; do
    kill -s KILL -- "-$1"
    left=$(grep -lsF "HOME=$2/" /proc/[0-9]*/environ)
    [ -z "$left" ] && rm -rf "$2" && exit
    for file in $left; do pid=${file#/proc/}; kill -s KILL "${pid%/environ}"; done
    sleep 0.02
done"#;

/// `$1` is what their names begin with.
const OF_NAMESPACES: &str = r#"read -r _
ip netns list | while read -r name _; do
    case $name in "$1"*) ip netns delete "$name" ;; esac
done"#;
