//! What the client does as time passes.

use core::net::IpAddr;

use rtc_core::Instant;

use super::channel;
use super::channel_data::ChannelNumber;
use super::client::Client;
use super::deadlines::Timer;
use super::error::Failure;
use super::event::Event;
use super::request::Purpose;
use crate::stun::TransactionId;

impl Client {
    /// Lets time pass.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(timer) = self.deadlines.pop_due(now) {
            match timer {
                Timer::Allocate => self.allocate_anew(now),
                Timer::Refresh => self.issue(now, Purpose::Refresh, 0),
                Timer::Expiry => self.end(Event::Lost(Failure::NoAnswer)),
                Timer::Request(id) => self.on_request_due(now, id),
                Timer::Permission(ip) => self.on_permission_due(now, ip),
                Timer::Channel(number) => self.on_channel_due(now, number),
            }
        }
    }

    fn on_request_due(&mut self, now: Instant, id: TransactionId) {
        let Some(request) = self.requests.get(&id) else { return };
        if !request.timer.has_failed(now) {
            self.due.push_back(id);
            return;
        }
        let failure = if request.was_violated { Failure::Integrity } else { Failure::NoAnswer };
        let purpose = request.purpose;
        self.take_request(id);
        self.fail(now, purpose, failure);
    }

    fn on_permission_due(&mut self, now: Instant, ip: IpAddr) {
        let Some(permission) = self.permissions.get_mut(&ip) else { return };
        let ends_at = permission.granted_until.filter(|until| *until > now);
        match ends_at {
            _ if permission.is_asked => {}
            Some(_) if permission.is_used => {
                permission.is_asked = true;
                permission.is_used = false;
                self.issue(now, Purpose::Permission(ip), 0);
            }
            Some(_) => self.deadlines.set(Timer::Permission(ip), ends_at),
            None => {
                self.permissions.remove(&ip);
                self.held.retain(|peer, _| peer.ip() != ip);
            }
        }
    }

    fn on_channel_due(&mut self, now: Instant, number: ChannelNumber) {
        let Some((peer, channel)) = self.channels.of_number(number) else { return };
        let bound_until = channel.bound_until.filter(|until| *until > now);
        let rests_until = channel.bound_until.map(|until| until + channel::REST);
        let rests_until = rests_until.filter(|until| *until > now);
        if channel.is_asked {
            return;
        }
        if bound_until.is_some() && channel.is_used && !channel.is_refused {
            channel.is_asked = true;
            channel.is_used = false;
            self.issue(now, Purpose::Channel(number, peer), 0);
        } else if bound_until.is_some() || rests_until.is_some() {
            let at = bound_until.or(rests_until);
            self.deadlines.set(Timer::Channel(number), at);
        } else {
            self.channels.remove(number);
        }
    }
}
