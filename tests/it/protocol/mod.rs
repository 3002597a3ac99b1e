//! What a host may rely on: the plugin server, driven through our own client. Promises about
//! connections and calls are tried on a server inside the test, with a provider made for it;
//! promises about processes on the built binary.

mod aliases;
mod calls;
mod connections;
mod fake;
mod hosts;
mod inventory;
mod processes;
mod server;
