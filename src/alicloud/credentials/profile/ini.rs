//! The SDKs' own file of profiles, `~/.alibabacloud/credentials`, in ini form.
//!
//! Source: credentials-go and credentials-python, profile provider. Values are cut at `#`, as the
//! Python library does.

use std::sync::Arc;

use super::{Members, Profile};
use crate::{
    alicloud::credentials::{
        Source,
        context::SourceContext,
        error::SourceError,
        sources::{access_key, assume_role, ecs_role, oidc},
    },
    text::sanitize,
};

/// Finds the section `name` in the text of a file.
pub(crate) fn find_section(text: &str, name: &str) -> Result<Profile, SourceError> {
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
    match found {
        Some(members) => Ok(Profile { name: name.to_owned(), mode: String::new(), members }),
        None => Err(SourceError::Missing(format!("the file has no section {name}"))),
    }
}

/// The source that a section describes.
pub(crate) fn source(
    section: &Profile,
    context: &SourceContext,
) -> Result<Arc<dyn Source>, SourceError> {
    let members = &section.members;
    match members.text("type") {
        "access_key" => access_key::of_profile(section, ""),
        "sts" => access_key::of_profile(section, members.required("security_token")?),
        "ecs_ram_role" => ecs_role::source(members.text("role_name"), false, context),
        "ram_role_arn" => {
            let base = access_key::of_profile(section, "")?;
            let role = members.role("role_arn")?;
            Ok(assume_role::source("its own key".into(), base, role, None, context))
        }
        "oidc_role_arn" => {
            let token = oidc::Token::File(members.required("oidc_token_file_path")?.into());
            let provider = members.required("oidc_provider_arn")?;
            Ok(oidc::source(provider, token, members.role("role_arn")?, None, context))
        }
        "" => Err(SourceError::Missing("the section has no type".into())),
        other => {
            let other = sanitize(other, 40);
            Err(SourceError::Unusable(format!("the type {other:?} is not supported")))
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
        let section = find_section(text, "default").ok().unwrap().members;
        assert_eq!(section.text("type"), "access_key");
        for absent in ["k", "#k", "l", ";l", "key"] {
            assert_eq!(section.text(absent), "");
        }
        assert!(section.required("empty").is_err());
        assert!(find_section(text, "three").is_err());
    }
}
