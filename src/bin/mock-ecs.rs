//! The ECS endpoint for tests.

fn main() {}
