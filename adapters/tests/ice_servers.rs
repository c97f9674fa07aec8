//! Servers for STUN and TURN: how they are found and spoken to.

use std::io::Read;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

use crate::common::within;
use crate::rtc::{
    Config, DataChannelInit, Event, IceCandidateErrorEvent, IceServer, PeerConnection,
};
use crate::seam::run;

const AUTHORITY: &[u8] = include_bytes!("certificates/authority.der");
const CERTIFICATE: &[u8] = include_bytes!("certificates/server.der");
const KEY: &[u8] = include_bytes!("certificates/server-key.der");

/// A connection that gathers by way of this server.
async fn gathering(mut config: Config, server: IceServer) -> PeerConnection {
    config.peer.ice_servers = vec![server];
    let connection = PeerConnection::new(config).await.unwrap();
    let _channel = connection.create_data_channel("test", DataChannelInit::default()).unwrap();
    connection.set_local_description(None).unwrap();
    connection
}

/// What the connection says of its server.
async fn error(connection: &PeerConnection) -> IceCandidateErrorEvent {
    loop {
        if let Event::IceCandidateError(error) = connection.event().await.unwrap() {
            return error;
        }
    }
}

/// A server with TLS: where it is, and the first bytes that a client has for it.
fn tls_server() -> (u16, JoinHandle<std::io::Result<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let provider = Arc::new(rustls_graviola::default_provider());
        let certificates = vec![CertificateDer::from(CERTIFICATE)];
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(certificates, PrivateKeyDer::try_from(KEY).unwrap())
            .unwrap();
        let mut connection = ServerConnection::new(Arc::new(config)).unwrap();
        let (mut stream, _) = listener.accept()?;
        let mut header = vec![0; 20];
        Stream::new(&mut connection, &mut stream).read_exact(&mut header)?;
        Ok(header)
    });
    (port, server)
}

#[test]
fn a_name_that_nobody_has_is_an_error_and_gathering_ends() {
    run(async {
        let server = IceServer::stun("stun:no-such-host.invalid");
        let connection = gathering(Config::loopback(), server).await;
        let error = within(30, error(&connection)).await;
        assert_eq!((error.error_code, &*error.url), (701, "stun:no-such-host.invalid"));
        within(30, connection.gathered()).await;
        assert!(connection.local_description().unwrap().sdp.contains("127.0.0.1"));
    });
}

#[test]
fn a_server_with_tls_and_a_private_authority_is_asked() {
    run(async {
        let (port, server) = tls_server();
        let mut config = Config::loopback();
        config.trusted_certificates = vec![AUTHORITY.to_vec()];
        let url = format!("turns:localhost:{port}");
        let connection = gathering(config, IceServer::turn(url, "user", "password")).await;
        // The server hangs up after the beginning of a question.
        let error = within(60, error(&connection)).await;
        assert_eq!(error.error_code, 701);
        let header = server.join().unwrap().unwrap();
        // A STUN request with the method Allocate and the magic cookie.
        assert_eq!((&header[..2], &header[4..8]), (&[0, 3][..], &[0x21, 0x12, 0xa4, 0x42][..]));
        within(60, connection.gathered()).await;
    });
}

#[test]
fn a_server_that_nobody_vouches_for_is_told_nothing() {
    run(async {
        let (port, server) = tls_server();
        let url = format!("turns:localhost:{port}");
        let server_of_ours = IceServer::turn(url, "user", "password");
        let connection = gathering(Config::loopback(), server_of_ours).await;
        let error = within(60, error(&connection)).await;
        assert_eq!(error.error_code, 701);
        assert!(server.join().unwrap().is_err());
        within(60, connection.gathered()).await;
    });
}
