//! The commands about tracks and transceivers.

use alloc::string::String;
use alloc::vec::Vec;

use super::PeerConnection;
use crate::error::{
    AddTrackError, AddTransceiverError, ConnectionClosed, RemoveTrackError, ReplaceTrackError,
    SetCodecPreferencesError, SetDirectionError, SetHeaderExtensionsError, SetParametersError,
    UnknownTransceiver,
};
use crate::event::Event;
use crate::rtp::{
    NewTransceiver, RtpCodec, RtpHeaderExtensionCapability, RtpSendParameters, Track, TrackOrKind,
    Transceiver, TransceiverDirection, TransceiverId, TransceiverInit, TransceiverState,
};

impl PeerConnection {
    /// `getTransceivers`: in the order in which they were created. `getSenders` and `getReceivers`
    /// are those of the transceivers that have not stopped.
    pub fn transceivers(&self) -> impl DoubleEndedIterator<Item = Transceiver<'_>> {
        Transceiver::all(&self.transceivers)
    }

    /// A look at the transceiver `id`.
    ///
    /// # Errors
    ///
    /// The id names no transceiver of this connection.
    pub fn transceiver(&self, id: TransceiverId) -> Result<Transceiver<'_>, UnknownTransceiver> {
        Transceiver::new(&self.transceivers, id).ok_or(UnknownTransceiver)
    }

    /// The transceiver `id`, to use.
    ///
    /// # Errors
    ///
    /// The id names no transceiver of this connection.
    pub fn transceiver_mut(
        &mut self,
        id: TransceiverId,
    ) -> Result<TransceiverMut<'_>, UnknownTransceiver> {
        self.transceivers.get(id).ok_or(UnknownTransceiver)?;
        Ok(TransceiverMut { connection: self, id })
    }

    /// `addTrack`: sends the track, in the streams of these ids, with a transceiver that has
    /// nothing to send and never had, or with a new one.
    ///
    /// # Errors
    ///
    /// The connection is closed, the track is being sent already, or there are too many
    /// transceivers. The connection is then as it was.
    pub fn add_track(
        &mut self,
        track: Track,
        streams: &[&str],
    ) -> Result<TransceiverId, AddTrackError> {
        if self.is_closed() {
            return Err(AddTrackError::Closed);
        }
        let senders = || self.transceivers.iter().filter(|transceiver| !transceiver.is_stopped());
        if senders().any(|transceiver| transceiver.sender.track.as_ref() == Some(&track)) {
            return Err(AddTrackError::AlreadyAdded);
        }
        let reusable = senders().find(|transceiver| transceiver.takes(&track)).map(|it| it.id);
        let id = match reusable {
            Some(id) => {
                if let Some(transceiver) = self.transceivers.get_mut(id) {
                    transceiver.attach(track, streams);
                }
                id
            }
            None if self.transceivers.is_full() => return Err(AddTrackError::TooMany),
            None => {
                let new = NewTransceiver {
                    direction: TransceiverDirection::SendRecv,
                    streams: streams.iter().map(|stream| String::from(*stream)).collect(),
                    encodings: Vec::new(),
                    added_by_track: true,
                    track: Some(track.clone()),
                };
                self.transceivers.add(track.kind, new, &mut self.rng)
            }
        };
        self.update_negotiation_needed();
        Ok(id)
    }

    /// `removeTrack`: the sender of this transceiver sends nothing any more. Its transceiver stays.
    /// Nothing happens where that is stopping, or where a description has taken it away.
    ///
    /// # Errors
    ///
    /// The connection is closed, or the id never named a transceiver of it.
    pub fn remove_track(&mut self, id: TransceiverId) -> Result<(), RemoveTrackError> {
        if self.is_closed() {
            return Err(RemoveTrackError::Closed);
        }
        if !self.transceivers.has_given(id) {
            return Err(RemoveTrackError::Unknown(UnknownTransceiver));
        }
        let Some(transceiver) = self.transceivers.get_mut(id) else { return Ok(()) };
        if !transceiver.is_stopping() && transceiver.sender.track.take().is_some() {
            let receives = transceiver.direction.receives();
            transceiver.direction = TransceiverDirection::of(false, receives);
            self.update_negotiation_needed();
        }
        Ok(())
    }

    /// `addTransceiver`: creates a transceiver that sends a track, or, given only a kind, one that
    /// has nothing to send for the time being.
    ///
    /// # Errors
    ///
    /// See [`AddTransceiverError`]; the exceptions are those of the W3C specification. The
    /// connection is then as it was.
    pub fn add_transceiver(
        &mut self,
        what: impl Into<TrackOrKind>,
        init: TransceiverInit,
    ) -> Result<TransceiverId, AddTransceiverError> {
        if init.direction == TransceiverDirection::Stopped {
            return Err(AddTransceiverError::Stopped);
        }
        if self.is_closed() {
            return Err(AddTransceiverError::Closed);
        }
        let (kind, track) = what.into().into_parts();
        let encodings = NewTransceiver::validate(kind, init.send_encodings)
            .map_err(|(index, fault)| AddTransceiverError::Encoding { index, fault })?;
        if self.transceivers.is_full() {
            return Err(AddTransceiverError::TooMany);
        }
        let new = NewTransceiver {
            track,
            direction: init.direction,
            streams: init.streams,
            encodings,
            added_by_track: false,
        };
        let id = self.transceivers.add(kind, new, &mut self.rng);
        self.update_negotiation_needed();
        Ok(id)
    }
}

/// A transceiver to use: what an `RTCRtpTransceiver` and its `RTCRtpSender` can be told.
#[derive(Debug)]
pub struct TransceiverMut<'a> {
    connection: &'a mut PeerConnection,
    id: TransceiverId,
}

impl TransceiverMut<'_> {
    /// The transceiver's attributes.
    pub fn attributes(&self) -> Transceiver<'_> {
        Transceiver::new(&self.connection.transceivers, self.id).expect(PRESENT)
    }

    /// Sets `direction`, which the next offer or answer says.
    ///
    /// # Errors
    ///
    /// The transceiver is stopping, or the direction is `Stopped`.
    pub fn set_direction(
        &mut self,
        direction: TransceiverDirection,
    ) -> Result<(), SetDirectionError> {
        let transceiver = self.state();
        if transceiver.is_stopping() {
            return Err(SetDirectionError::Stopping);
        }
        if direction == TransceiverDirection::Stopped {
            return Err(SetDirectionError::Stopped);
        }
        if transceiver.direction != direction {
            transceiver.direction = direction;
            self.connection.update_negotiation_needed();
        }
        Ok(())
    }

    /// `stop`: neither sends nor receives any more, for ever. The receiver's track ends, which
    /// [`Event::TrackEnded`] says, and the next offer gives the m-section up.
    ///
    /// # Errors
    ///
    /// The connection is closed.
    pub fn stop(&mut self) -> Result<(), ConnectionClosed> {
        if self.connection.is_closed() {
            return Err(ConnectionClosed);
        }
        let transceiver = self.state();
        if !transceiver.is_stopping() {
            if transceiver.stop_sending_and_receiving() {
                self.connection.events.push_back(Event::TrackEnded(self.id));
            }
            let now = self.connection.now;
            self.connection.configure_media(now);
            self.connection.update_negotiation_needed();
        }
        Ok(())
    }

    /// `setCodecPreferences`: which codecs the next offer or answer lists, in this order; an empty
    /// list stands for all that are known. A codec that is given twice counts once.
    ///
    /// # Errors
    ///
    /// A codec is none of the [capabilities](crate::RtpSender::capabilities), or none of them
    /// could carry a track.
    pub fn set_codec_preferences(
        &mut self,
        codecs: Vec<RtpCodec>,
    ) -> Result<(), SetCodecPreferencesError> {
        self.state().set_codec_preferences(codecs)
    }

    /// `setHeaderExtensionsToNegotiate` of the WebRTC extensions: takes what
    /// [`header_extensions_to_negotiate`](Transceiver::header_extensions_to_negotiate) gives, with
    /// directions changed; `Stopped` takes an extension out of the next offer or answer. What goes
    /// beyond the capabilities is restricted to them.
    ///
    /// # Errors
    ///
    /// The extensions are not the same, the one that names the m-section (`sdes:mid`) is to be
    /// anything but `SendRecv`, or the orientation of video is to be stopped, which must be
    /// implemented (RFC 7742 section 4).
    pub fn set_header_extensions_to_negotiate(
        &mut self,
        extensions: Vec<RtpHeaderExtensionCapability>,
    ) -> Result<(), SetHeaderExtensionsError> {
        self.state().set_header_extensions_to_negotiate(extensions)
    }

    /// `replaceTrack` of the sender: sends another track, or nothing, without negotiation.
    ///
    /// # Errors
    ///
    /// The track is of the other kind, the transceiver is stopping, or the connection is closed.
    pub fn replace_track(&mut self, track: Option<Track>) -> Result<(), ReplaceTrackError> {
        let is_closed = self.connection.is_closed();
        let transceiver = self.state();
        if track.as_ref().is_some_and(|track| track.kind != transceiver.kind) {
            return Err(ReplaceTrackError::Kind);
        }
        if is_closed {
            return Err(ReplaceTrackError::Closed);
        }
        if transceiver.is_stopping() {
            return Err(ReplaceTrackError::Stopping);
        }
        transceiver.sender.track = track;
        Ok(())
    }

    /// `setStreams` of the sender, by ids: the other side is told to put the track into these
    /// streams and no others.
    ///
    /// # Errors
    ///
    /// The connection is closed.
    pub fn set_streams(&mut self, streams: &[&str]) -> Result<(), ConnectionClosed> {
        if self.connection.is_closed() {
            return Err(ConnectionClosed);
        }
        self.state().sender.set_streams(streams);
        self.connection.update_negotiation_needed();
        Ok(())
    }

    /// `getParameters` of the sender, to be changed and given back to
    /// [`set_parameters`](Self::set_parameters).
    ///
    /// What the W3C specification calls a task ends here with the next
    /// [`poll_event`](PeerConnection::poll_event): until then the same parameters are returned
    /// again, and after it they can be set no more. Setting parameters, or a description that
    /// changes them, ends it too.
    pub fn parameters(&mut self) -> RtpSendParameters {
        let PeerConnection { transceivers, rng, .. } = &mut *self.connection;
        transceivers.returned_parameters(self.id, rng).expect(PRESENT)
    }

    /// `setParameters` of the sender: changes how its encodings are sent, without negotiation.
    ///
    /// # Errors
    ///
    /// See [`SetParametersError`]; the exceptions are those of the W3C specification. Parameters
    /// that were returned can then still be set.
    pub fn set_parameters(
        &mut self,
        parameters: RtpSendParameters,
    ) -> Result<(), SetParametersError> {
        self.state().set_parameters(parameters)?;
        let now = self.connection.now;
        self.connection.configure_media(now);
        Ok(())
    }

    fn state(&mut self) -> &mut TransceiverState {
        self.connection.transceivers.get_mut(self.id).expect(PRESENT)
    }
}

/// Why a handle's transceiver is there.
const PRESENT: &str = "looked up when the handle was made";
