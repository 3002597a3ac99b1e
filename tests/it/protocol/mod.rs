//! The plugin server, called by our own client. Tests of connections and calls use a server inside
//! the test process, with a fake provider; tests of processes use the built binary.

mod aliases;
mod calls;
mod connections;
mod fake;
mod hosts;
mod inventory;
mod processes;
mod server;
