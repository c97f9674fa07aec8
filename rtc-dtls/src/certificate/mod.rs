//! Certificates: our own, made, written and read here; and the peer's, read only.

mod der;
mod own;
mod pem;
mod x509;

#[cfg(test)]
mod tests;

pub use own::{Certificate, CertificateParams};

pub(crate) use x509::public_key;
