//! TLS to servers: what is trusted, and a TCP connection with it.

use core::task::{Context, Poll, ready};
use std::io::{self, Read as _, Write as _};
use std::sync::{Arc, OnceLock};

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use crate::runtime::TcpStream;

/// What TLS connections are made with, built when the first one is.
#[derive(Debug, Default)]
pub(crate) struct Tls {
    own: Option<Arc<ClientConfig>>,
    trusted: Vec<Vec<u8>>,
    built: OnceLock<Result<Arc<ClientConfig>, rustls::Error>>,
}

impl Tls {
    /// The application's own settings, or the system's roots and these certificates (DER).
    pub(crate) fn new(own: Option<Arc<ClientConfig>>, trusted: Vec<Vec<u8>>) -> Self {
        Self { own, trusted, built: OnceLock::new() }
    }

    fn config(&self) -> io::Result<Arc<ClientConfig>> {
        if let Some(own) = &self.own {
            return Ok(Arc::clone(own));
        }
        self.built.get_or_init(|| self.build()).clone().map_err(io::Error::other)
    }

    fn build(&self) -> Result<Arc<ClientConfig>, rustls::Error> {
        let mut roots = RootCertStore::empty();
        // A certificate that cannot be read is one that nothing is trusted by.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let trusted = self.trusted.iter().map(|der| CertificateDer::from(der.as_slice()));
        roots.add_parsable_certificates(trusted);
        let provider = Arc::new(rustls_graviola::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Arc::new(config))
    }

    /// Speaks TLS on a connection, to a server with a certificate for `name`.
    pub(crate) async fn secure<S: TcpStream>(
        &self,
        stream: S,
        name: String,
    ) -> io::Result<Secured<S>> {
        let name = ServerName::try_from(name).map_err(io::Error::other)?;
        let connection = ClientConnection::new(self.config()?, name).map_err(io::Error::other)?;
        let mut secured = Secured { stream, connection };
        core::future::poll_fn(|cx| secured.poll_handshake(cx)).await?;
        Ok(secured)
    }
}

/// A TCP connection with TLS on it.
#[derive(Debug)]
pub(crate) struct Secured<S> {
    stream: S,
    connection: ClientConnection,
}

impl<S: TcpStream> Secured<S> {
    fn poll_handshake(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.poll_flush(cx))?;
            if !self.connection.is_handshaking() {
                return Poll::Ready(Ok(()));
            }
            if ready!(self.poll_fill(cx))? == 0 {
                return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
            }
        }
    }

    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            match self.connection.reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return Poll::Ready(read),
            }
            if ready!(self.poll_fill(cx))? == 0 {
                return Poll::Ready(Ok(0));
            }
        }
    }

    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        // What was encrypted before goes first, so that no more than one piece piles up here.
        ready!(self.poll_flush(cx))?;
        Poll::Ready(self.connection.writer().write(bytes))
    }

    /// Writes what has been encrypted.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.connection.wants_write() {
            let mut link = Link { stream: &mut self.stream, cx };
            match self.connection.write_tls(&mut link) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => _ = written?,
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Reads what there is to decrypt; 0 if the other side has ended the stream.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut link = Link { stream: &mut self.stream, cx };
        let read = match self.connection.read_tls(&mut link) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
            read => read?,
        };
        let processed = self.connection.process_new_packets();
        // Answers, and the alert that says what was wrong.
        if let Poll::Ready(Err(error)) = self.poll_flush(cx) {
            return Poll::Ready(Err(error));
        }
        processed.map_err(io::Error::other)?;
        Poll::Ready(Ok(read))
    }
}

/// A connection as `rustls` wants it for the length of a call.
struct Link<'a, 'b, S> {
    stream: &'a mut S,
    cx: &'a mut Context<'b>,
}

impl<S: TcpStream> io::Read for Link<'_, '_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        or_would_block(self.stream.poll_read(self.cx, buffer))
    }
}

impl<S: TcpStream> io::Write for Link<'_, '_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        or_would_block(self.stream.poll_write(self.cx, bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn or_would_block(outcome: Poll<io::Result<usize>>) -> io::Result<usize> {
    match outcome {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}
