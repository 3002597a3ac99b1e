//! The SDKs' own file of profiles, `~/.alibabacloud/credentials`, in ini form.
//!
//! Source: credentials-go and credentials-python, profile provider. Values are cut at `#`, as the
//! Python library does.

use std::sync::Arc;

use super::{Source, failure::Failure, maker::Maker, members::Members, oidc::Token};
use crate::text::sanitize;

/// Finds the section `name` in the text of a file.
pub(super) fn find_section(text: &str, name: &str) -> Result<Members, Failure> {
    let mut found = None;
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            inside = header.trim() == name;
            if inside {
                found.get_or_insert_with(Members::default);
            }
        } else if let (true, Some((key, value))) = (inside, line.split_once('='))
            && let Some(members) = &mut found
            && !line.starts_with(['#', ';'])
        {
            let value = value.split('#').next().unwrap_or_default().trim();
            members.insert(key.trim().to_ascii_lowercase(), value.into());
        }
    }
    found.ok_or_else(|| Failure::Missing(format!("the file has no section {name}")))
}

/// The source that a section is.
pub(super) fn source(section: &Members, maker: &Maker<'_>) -> Result<Arc<dyn Source>, Failure> {
    let key = || {
        let id = section.required("access_key_id")?;
        Ok(maker.key(id, section.required("access_key_secret")?, ""))
    };
    match section.text("type") {
        "access_key" => key(),
        "sts" => {
            let id = section.required("access_key_id")?;
            let secret = section.required("access_key_secret")?;
            Ok(maker.key(id, secret, section.required("security_token")?))
        }
        "ecs_ram_role" => maker.ecs_role(section.text("role_name"), false),
        "ram_role_arn" => {
            let role = section.role("role_arn")?;
            Ok(maker.assumed_role("its own key".into(), key()?, role, None))
        }
        "oidc_role_arn" => {
            let token = Token::File(section.required("oidc_token_file_path")?.into());
            let provider = section.required("oidc_provider_arn")?;
            Ok(maker.oidc(provider, token, section.role("role_arn")?, None))
        }
        "" => Err(Failure::Missing("the section has no type".into())),
        other => {
            let other = sanitize(other, 40);
            Err(Failure::Unusable(format!("the type {other:?} is not supported")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_found_with_comments_and_white_space() {
        let text = "type = ignored\n; c\n[one]\nkey=1\n [ default ] # x\n Type = access_key # note\n\
                    #k=v\n;l=v\nk\nempty =\n[two]\ntype=other\n";
        let section = find_section(text, "default").unwrap();
        assert_eq!(section.text("type"), "access_key");
        for absent in ["k", "#k", "l", ";l", "key"] {
            assert_eq!(section.text(absent), "");
        }
        assert!(section.required("empty").is_err());
        assert!(find_section(text, "three").is_err());
    }
}
