//! Our peers in network namespaces: real kernels, real NATs, real cables that are pulled.

#[path = "../duo/mod.rs"]
mod duo;

mod cables;
mod inside;
mod nats;
