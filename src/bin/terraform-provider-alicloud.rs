//! The plugin that Terraform starts.

fn main() {}
