//! What `--debug` prints: how a host finds a plugin that it did not start. Pure.
//!
//! Source: HashiCorp's guide to debugging providers, and hashicorp/terraform,
//! `internal/getproviders/reattach`.

use serde_json::json;

use super::{handshake::Protocol, listener::Address};

/// The variable that Terraform and OpenTofu read.
const VARIABLE: &str = "TF_REATTACH_PROVIDERS";

/// The assignment, ready to paste into a POSIX shell.
pub(super) fn line(source: &str, protocol: Protocol, pid: u32, address: &Address) -> String {
    let providers = json!({
        source: {
            "Protocol": "grpc",
            "ProtocolVersion": protocol.major(),
            "Pid": pid,
            // The host must not end what it did not start.
            "Test": true,
            "Addr": { "Network": address.network(), "String": address.to_string() },
        }
    });
    format!("{VARIABLE}='{}'", providers.to_string().replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::{Address, Protocol, line};

    #[test]
    fn the_line_can_be_pasted_whatever_the_path() {
        let address = Address::Unix("/tmp/it's here/plugin1".to_owned());
        assert_eq!(
            line("registry.terraform.io/acme/cloud", Protocol::V5, 7, &address),
            concat!(
                r#"TF_REATTACH_PROVIDERS='{"registry.terraform.io/acme/cloud":{"#,
                r#""Addr":{"Network":"unix","String":"/tmp/it'\''s here/plugin1"},"#,
                r#""Pid":7,"Protocol":"grpc","ProtocolVersion":5,"Test":true}}'"#
            )
        );
    }
}
