//! The system's notices that addresses or interfaces have changed, so that nobody has to ask again
//! and again. Linux gives them (rtnetlink); elsewhere there are none.

use core::task::Context;

use crate::runtime::Runtime;

/// What the system tells about its interfaces.
#[derive(Debug)]
pub(crate) struct Notices<R: Runtime> {
    #[cfg(target_os = "linux")]
    socket: R::Udp,
    #[cfg(target_os = "linux")]
    failures: u32,
    #[cfg(not(target_os = "linux"))]
    nothing: core::convert::Infallible,
    #[cfg(not(target_os = "linux"))]
    _runtime: core::marker::PhantomData<fn() -> R>,
}

/// What there was of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux tells"))]
pub(crate) enum Heard {
    Nothing,
    /// Something has changed.
    Change,
    /// There will be no more notices.
    End,
}

#[cfg(target_os = "linux")]
impl<R: Runtime> Notices<R> {
    /// `None` if the system does not give any, as in some sandboxes.
    pub(crate) fn open(runtime: &R) -> Option<Self> {
        use rustix::net::netlink::SocketAddrNetlink;
        use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, socket_with};

        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None).ok()?;
        bind(&socket, &SocketAddrNetlink::new(0, GROUPS)).ok()?;
        // A socket of datagrams like any other, as far as the runtime is concerned.
        let socket = runtime.udp_socket(socket.into()).ok()?;
        Some(Self { socket, failures: 0 })
    }

    /// Takes all there are.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Heard {
        use core::task::Poll;
        use std::io::Read as _;

        use crate::runtime::UdpSocket as _;

        let mut heard = Heard::Nothing;
        // What a notice says is not read: whoever is told looks for himself. The rest of it is lost.
        let mut notice = [0; 64];
        while let Poll::Ready(taken) =
            self.socket.poll_receive(cx, |socket| (&*socket).read(&mut notice))
        {
            heard = Heard::Change;
            // An error says that there were too many of them.
            self.failures = if taken.is_err() { self.failures + 1 } else { 0 };
            if self.failures >= MAX_FAILURES {
                return Heard::End;
            }
        }
        heard
    }
}

#[cfg(not(target_os = "linux"))]
impl<R: Runtime> Notices<R> {
    pub(crate) fn open(_: &R) -> Option<Self> {
        None
    }

    pub(crate) fn poll(&mut self, _: &mut Context<'_>) -> Heard {
        match self.nothing {}
    }
}

/// RTMGRP_LINK, RTMGRP_IPV4_IFADDR and RTMGRP_IPV6_IFADDR (rtnetlink(7)).
#[cfg(target_os = "linux")]
const GROUPS: u32 = 0x1 | 0x10 | 0x100;

/// How many reads in a row may fail.
#[cfg(target_os = "linux")]
const MAX_FAILURES: u32 = 8;
