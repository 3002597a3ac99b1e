//! What the clients of one process have in common, however many configurations it serves.

use super::{limiter::ConcurrencyLimiter, retry::budget::RetryBudget};

/// The state that all clients of a process share. Clones are handles to the same state.
///
/// The quota of the service belongs to an account, and an outage concerns everybody, so neither
/// depends on which configuration a call is made for.
#[derive(Clone, Default)]
pub struct Process {
    /// How many calls may be in flight.
    pub(crate) limiter: ConcurrencyLimiter,
    /// How many retries may follow server errors.
    pub(crate) retries: RetryBudget,
}
