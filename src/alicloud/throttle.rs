//! How many calls are under way at once: more while all goes well, half as many when the service
//! complains.
//!
//! One [`Throttle`] is shared by all look-ups of a client, since they share the account's quota.
//! Who waits is served in the order of coming, so no look-up starves.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many calls are under way at once in the beginning: all pages of 1,000 images.
const FIRST: usize = 16;

/// How many there are at most.
const MOST: usize = 32;

/// The right to make calls, given out to so many at once.
#[derive(Clone)]
pub(crate) struct Throttle {
    slots: Arc<Semaphore>,
    width: Arc<Mutex<Width>>,
}

#[derive(Debug)]
struct Width {
    /// How many calls may be under way.
    allowed: usize,
    /// Slots to be taken away as they come back.
    surplus: usize,
    /// Successes since the width last changed.
    successes: usize,
    /// How often the width was halved.
    halvings: u64,
}

/// The right to make one call.
pub(crate) struct Slot {
    permit: Option<OwnedSemaphorePermit>,
    throttle: Throttle,
    /// [`Width::halvings`] when the right was given.
    halvings: u64,
}

impl Default for Throttle {
    fn default() -> Self {
        let width = Width { allowed: FIRST, surplus: 0, successes: 0, halvings: 0 };
        Self { slots: Arc::new(Semaphore::new(FIRST)), width: Arc::new(Mutex::new(width)) }
    }
}

impl Throttle {
    /// Waits for the right to make a call.
    pub(crate) async fn slot(&self) -> Slot {
        // The semaphore is never closed, so there always is a permit.
        let permit = self.slots.clone().acquire_owned().await.ok();
        let halvings = self.width().halvings;
        Slot { permit, throttle: self.clone(), halvings }
    }

    fn width(&self) -> std::sync::MutexGuard<'_, Width> {
        self.width.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// The call went well: after as many of these as calls are allowed, one more is.
    pub(crate) fn succeeded(self) {
        let mut width = self.throttle.width();
        width.successes += 1;
        if width.successes < width.allowed || width.allowed >= MOST {
            return;
        }
        width.successes = 0;
        width.allowed += 1;
        self.throttle.slots.add_permits(1);
    }

    /// The service complained: half as many calls are allowed. Calls that were under way together
    /// complain together, and count once.
    pub(crate) fn throttled(self) {
        let mut width = self.throttle.width();
        if width.halvings != self.halvings {
            return;
        }
        let fewer = width.allowed.div_ceil(2);
        width.surplus += width.allowed - fewer;
        width.surplus -= self.throttle.slots.forget_permits(width.surplus);
        width.allowed = fewer;
        width.successes = 0;
        width.halvings += 1;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut width = self.throttle.width();
        if width.surplus > 0
            && let Some(permit) = self.permit.take()
        {
            width.surplus -= 1;
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(throttle: &Throttle) -> usize {
        throttle.width().allowed
    }

    async fn take(throttle: &Throttle, count: usize) -> Vec<Slot> {
        let mut slots = Vec::new();
        for _ in 0..count {
            slots.push(throttle.slot().await);
        }
        slots
    }

    #[tokio::test]
    async fn complaints_of_calls_under_way_together_halve_once() {
        let throttle = Throttle::default();
        take(&throttle, FIRST).await.into_iter().for_each(Slot::throttled);
        assert_eq!(allowed(&throttle), FIRST / 2);
        assert_eq!(throttle.slots.available_permits(), FIRST / 2);
    }

    #[tokio::test]
    async fn at_least_one_call_is_always_allowed() {
        let throttle = Throttle::default();
        for _ in 0..20 {
            throttle.slot().await.throttled();
        }
        assert_eq!(allowed(&throttle), 1);
        drop(throttle.slot().await);
    }

    #[tokio::test]
    async fn width_grows_by_one_after_a_round_of_successes_up_to_its_limit() {
        let throttle = Throttle::default();
        take(&throttle, FIRST).await.into_iter().for_each(Slot::succeeded);
        assert_eq!(allowed(&throttle), FIRST + 1);
        for _ in 0..10_000 {
            throttle.slot().await.succeeded();
        }
        assert_eq!(allowed(&throttle), MOST);
        assert_eq!(throttle.slots.available_permits(), MOST);
    }

    #[tokio::test]
    async fn width_and_slots_agree_whatever_comes() {
        let throttle = Throttle::default();
        for round in 0..100 {
            let count = 1 + round % allowed(&throttle);
            for (index, slot) in take(&throttle, count).await.into_iter().enumerate() {
                match (round + index) % 5 {
                    0 => slot.throttled(),
                    1 => drop(slot),
                    _ => slot.succeeded(),
                }
            }
            let width = throttle.width();
            assert_eq!(throttle.slots.available_permits(), width.allowed + width.surplus);
        }
    }
}
