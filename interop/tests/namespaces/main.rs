//! Our peers in network namespaces: real kernels, real NATs, real cables that are pulled.

#[path = "../call/mod.rs"]
mod call;
#[path = "../duo/mod.rs"]
mod duo;

mod cables;
mod hidden;
mod inside;
mod nats;
