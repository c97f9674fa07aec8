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

    /// The connection below.
    pub(crate) const fn bare(&mut self) -> &mut S {
        &mut self.stream
    }

    /// Tells the other side that nothing follows.
    pub(crate) fn end(&mut self) {
        self.connection.send_close_notify();
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

#[cfg(test)]
mod tests {
    use core::future::Future;
    use core::net::SocketAddr;
    use core::pin::pin;
    use core::task::Waker;
    use std::net;
    use std::thread::{self, JoinHandle};

    use rustls::pki_types::PrivateKeyDer;
    use rustls::{ServerConfig, ServerConnection, Stream};

    use super::*;

    const AUTHORITY: &[u8] = include_bytes!("../../tests/certificates/authority.der");
    const SERVER: &[u8] = include_bytes!("../../tests/certificates/server.der");
    const KEY: &[u8] = include_bytes!("../../tests/certificates/server-key.der");

    /// A connection that blocks, so that no runtime is needed.
    #[derive(Debug)]
    struct Blocking(net::TcpStream);

    impl TcpStream for Blocking {
        fn local_addr(&self) -> io::Result<SocketAddr> {
            self.0.local_addr()
        }

        fn poll_read(&mut self, _: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
            Poll::Ready(self.0.read(buffer))
        }

        fn poll_write(&mut self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            // In small pieces, as on a slow network.
            Poll::Ready(self.0.write(bytes.get(..100).unwrap_or(bytes)))
        }

        fn shut_down(&mut self) -> io::Result<()> {
            self.0.shutdown(net::Shutdown::Write)
        }
    }

    fn now<T>(future: impl Future<Output = T>) -> T {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => panic!("a connection that blocks is always ready"),
        }
    }

    /// A server that sends back what one client writes; its outcome is that of its handshake.
    fn server() -> (Blocking, JoinHandle<io::Result<()>>) {
        let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let task = thread::spawn(move || {
            let (mut stream, _) = listener.accept()?;
            let provider = Arc::new(rustls_graviola::default_provider());
            let config = ServerConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(
                    vec![CertificateDer::from(SERVER)],
                    PrivateKeyDer::try_from(KEY).unwrap(),
                )
                .unwrap();
            let mut connection = ServerConnection::new(Arc::new(config)).unwrap();
            let mut stream = Stream::new(&mut connection, &mut stream);
            let mut buffer = [0; 4096];
            loop {
                match stream.read(&mut buffer)? {
                    0 => return Ok(()),
                    read => stream.write_all(&buffer[..read])?,
                }
            }
        });
        (Blocking(net::TcpStream::connect(address).unwrap()), task)
    }

    #[test]
    fn a_server_with_a_private_authority_is_spoken_to() {
        for name in ["turn.example.org", "localhost", "127.0.0.1"] {
            let (stream, server) = server();
            let tls = Tls::new(None, vec![AUTHORITY.to_vec()]);
            let mut secured = now(tls.secure(stream, name.to_owned())).unwrap();
            let mut cx = Context::from_waker(Waker::noop());
            let message: Vec<u8> = (0..100_000_u32).map(|n| n as u8).collect();
            let (mut sent, mut received) = (0, Vec::new());
            while received.len() < message.len() {
                let piece = &message[sent..message.len().min(sent + 3000)];
                if !piece.is_empty() {
                    let Poll::Ready(written) = secured.poll_write(&mut cx, piece) else { panic!() };
                    sent += written.unwrap();
                    assert!(secured.poll_flush(&mut cx).is_ready());
                }
                let mut buffer = [0; 1000];
                while received.len() < sent {
                    let Poll::Ready(read) = secured.poll_read(&mut cx, &mut buffer) else {
                        panic!()
                    };
                    received.extend_from_slice(&buffer[..read.unwrap()]);
                }
            }
            assert!(received == message);
            secured.end();
            assert!(secured.poll_flush(&mut cx).is_ready());
            server.join().unwrap().unwrap();
        }
    }

    #[test]
    fn a_server_that_nobody_vouches_for_is_refused() {
        let (stream, server) = server();
        let tls = Tls::new(None, Vec::new());
        assert!(now(tls.secure(stream, "turn.example.org".to_owned())).is_err());
        assert!(server.join().unwrap().is_err());
    }

    #[test]
    fn a_certificate_for_another_name_is_refused() {
        let (stream, server) = server();
        let tls = Tls::new(None, vec![AUTHORITY.to_vec()]);
        assert!(now(tls.secure(stream, "stun.example.org".to_owned())).is_err());
        assert!(server.join().unwrap().is_err());
        let (stream, _server) = self::server();
        assert!(now(tls.secure(stream, "not a name".to_owned())).is_err());
    }

    #[test]
    fn the_applications_own_settings_replace_ours() {
        let trusting = Tls::new(None, vec![AUTHORITY.to_vec()]).config().unwrap();
        let (stream, _server) = server();
        let tls = Tls::new(Some(trusting), Vec::new());
        assert!(now(tls.secure(stream, "localhost".to_owned())).is_ok());
    }
}
