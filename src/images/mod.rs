//! To be filled.

pub mod failure;
