//! Alerts (RFC 5246 §7.2).
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use crate::alert_description::AlertDescription;
use crate::codec::Reader;
use crate::error::DecodeError;

/// How grave an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AlertLevel {
    Warning,
    Fatal,
}

/// An alert, the two bytes `level` and `description`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Alert {
    pub(crate) level: AlertLevel,
    pub(crate) description: AlertDescription,
}

impl Alert {
    pub(crate) const CLOSE_NOTIFY: Self =
        Self { level: AlertLevel::Warning, description: AlertDescription::CLOSE_NOTIFY };
    pub(crate) const NO_RENEGOTIATION: Self =
        Self { level: AlertLevel::Warning, description: AlertDescription::NO_RENEGOTIATION };

    pub(crate) const fn fatal(description: AlertDescription) -> Self {
        Self { level: AlertLevel::Fatal, description }
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let level = match reader.u8()? {
            1 => AlertLevel::Warning,
            2 => AlertLevel::Fatal,
            _ => return Err(DecodeError::OutOfRange),
        };
        let description = AlertDescription(reader.u8()?);
        reader.finish()?;
        Ok(Self { level, description })
    }

    pub(crate) fn encode(self, out: &mut Vec<u8>) {
        out.push(match self.level {
            AlertLevel::Warning => 1,
            AlertLevel::Fatal => 2,
        });
        out.push(self.description.0);
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_every_other_length_is_refused() {
        for alert in [Alert::CLOSE_NOTIFY, Alert::fatal(AlertDescription::DECODE_ERROR)] {
            let mut bytes = Vec::new();
            alert.encode(&mut bytes);
            assert_eq!(Alert::decode(&bytes), Ok(alert));
            assert_eq!(Alert::decode(&bytes[..1]), Err(DecodeError::Truncated));
            bytes.push(0);
            assert_eq!(Alert::decode(&bytes), Err(DecodeError::TrailingBytes));
        }
        assert_eq!(Alert::decode(&[3, 0]), Err(DecodeError::OutOfRange));
    }
}
