//! The SDKs' own file of profiles, `~/.alibabacloud/credentials`, in ini form.
//!
//! Source: credentials-go and credentials-python, profile provider. Values are cut at `#`, as the
//! Python library does.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::failure::Failure;
use crate::secret::Secret;

/// One section of a file.
#[derive(Default)]
pub(super) struct Section(BTreeMap<String, Secret>);

impl Section {
    /// Finds the section `name` in the text of a file.
    pub(super) fn find(text: &Zeroizing<String>, name: &str) -> Option<Self> {
        let mut found = None;
        let mut inside = false;
        for line in text.lines().map(str::trim) {
            if let Some(header) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
                inside = header.trim() == name;
                if inside {
                    found.get_or_insert_with(Self::default);
                }
            } else if let (true, Some((key, value))) = (inside, line.split_once('='))
                && let Some(Self(members)) = &mut found
                && !line.starts_with(['#', ';'])
            {
                let value = value.split('#').next().unwrap_or_default().trim();
                members.insert(key.trim().to_ascii_lowercase(), value.into());
            }
        }
        found
    }

    /// A member; empty where there is none.
    pub(super) fn text(&self, key: &str) -> &str {
        self.0.get(key).map(Secret::expose).unwrap_or_default()
    }

    /// A member that must be there.
    pub(super) fn required(&self, key: &str) -> Result<Secret, Failure> {
        match self.0.get(key).filter(|value| !value.is_empty()) {
            Some(value) => Ok(value.clone()),
            None => Err(Failure::Missing(format!("the section has no {key}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_found_with_comments_and_white_space() {
        let text = Zeroizing::new(
            "type = ignored\n; c\n[one]\nkey=1\n [ default ] # x\n Type = access_key # note\n#k=v\n\
             ;k=v\nk\nempty =\n[two]\ntype=other\n"
                .to_owned(),
        );
        let section = Section::find(&text, "default").unwrap();
        assert_eq!(section.text("type"), "access_key");
        assert_eq!(section.0.len(), 2);
        assert!(section.required("empty").is_err());
        assert!(Section::find(&text, "three").is_none());
    }
}
