//! The credential of a call that was refused: what it is from, and what to check there.

use crate::alicloud::{origin::KeyOrigin, variables};

/// What to do if the secret does not belong to the AccessKey ID.
pub(super) fn wrong_secret(key: Option<&KeyOrigin>) -> String {
    let known = "The access key is known, but the secret does not belong to it";
    let why = "for a mix-up of keys, a missing character, or white space from copying";
    match key {
        Some(KeyOrigin::Configured { id, secret, .. }) => {
            format!("{known}: check {secret} {why}. The ID is from {id}.")
        }
        Some(KeyOrigin::Issued(name)) => {
            format!("{known}. Both are from {name}: check what it returns.")
        }
        None => format!("{known}: check {} {why}.", variables::ACCESS_KEY_SECRET.settings()),
    }
}

/// What to do if the AccessKey ID is not known.
pub(super) fn unknown_id(key: Option<&KeyOrigin>) -> String {
    match key {
        Some(KeyOrigin::Configured { id, .. }) => {
            format!("The access key does not exist: check {id}.")
        }
        Some(KeyOrigin::Issued(name)) => {
            format!("The access key does not exist: check what {name} returns.")
        }
        None => {
            format!("The access key does not exist: check {}.", variables::ACCESS_KEY_ID.settings())
        }
    }
}

/// What to do if the access key is disabled.
pub(super) fn disabled(key: Option<&KeyOrigin>) -> String {
    let whose = match key {
        Some(KeyOrigin::Configured { id: name, .. } | KeyOrigin::Issued(name)) => {
            format!(", which is from {name},")
        }
        None => String::new(),
    };
    format!("Enable the access key{whose} in the RAM console, or use another.")
}

/// What to do if the security token is expired.
pub(super) fn expired_token(key: Option<&KeyOrigin>) -> String {
    let whose = match key {
        Some(KeyOrigin::Issued(name)) => {
            return format!(
                "The security token is expired, and {name} returns no newer one. Run again; if it happens \
                 again, check what {name} returns, and the clock of this machine."
            );
        }
        Some(KeyOrigin::Configured { token: Some(name), .. }) => format!(", {name},"),
        Some(KeyOrigin::Configured { token: None, .. }) | None => String::new(),
    };
    format!(
        "The security token is expired and its source{whose} returns no newer one: fetch a new one, or \
         configure a source that renews itself, such as assume_role or an ECS role."
    )
}

/// What to do if the security token is missing or not that of the key.
pub(super) fn wrong_token(key: Option<&KeyOrigin>) -> String {
    let origin = match key {
        Some(KeyOrigin::Configured { id, secret, token: Some(token) }) => {
            format!(" They are from {id}, {secret} and {token}.")
        }
        Some(KeyOrigin::Configured { id, secret, token: None }) => {
            format!(" The key is from {id} and {secret}; no token is set.")
        }
        Some(KeyOrigin::Issued(name)) => format!(" They are from {name}."),
        None => String::new(),
    };
    format!(
        "Access key, secret and security token belong together: check that all three are of the \
         same session, and that the token is complete.{origin}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_each_part_of_the_key_is_from_is_named() {
        let part = |name: &str| format!("the environment variable {name}");
        let (id, secret, token) = (part("ID"), part("SECRET"), Some(part("TOKEN")));
        let key = KeyOrigin::Configured { id, secret, token };
        let issued = KeyOrigin::Issued("the role r".into());
        for (advice, of_key) in [
            (
                wrong_secret as fn(Option<&KeyOrigin>) -> String,
                &["check the environment variable SECRET", "variable ID."][..],
            ),
            (unknown_id, &["check the environment variable ID."]),
            (disabled, &["from the environment variable ID,"]),
            (expired_token, &["its source, the environment variable TOKEN,"]),
            (
                wrong_token,
                &[
                    "variable ID, the environment variable SECRET and the environment variable TOKEN.",
                ],
            ),
        ] {
            let text = advice(Some(&key));
            assert!(of_key.iter().all(|part| text.contains(part)), "{text}");
            let text = advice(Some(&issued));
            assert!(text.contains("the role r") && !text.contains("variable"), "{text}");
            assert!(!advice(None).contains("the role r"));
        }
        assert!(wrong_secret(None).contains("check secret_key or ALICLOUD_SECRET_KEY for"));
        assert!(unknown_id(None).contains("check access_key or ALICLOUD_ACCESS_KEY."));
    }
}
