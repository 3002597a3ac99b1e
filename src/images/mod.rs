//! To be filled.

pub mod regex;
