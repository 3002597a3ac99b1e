//! The steps that look into files: the named profile, the CLI's current one, the SDKs' ini file.

use super::{Choice, Planner};
use crate::alicloud::{
    credentials::{
        failure::Failure,
        files::{self, CredentialsFile},
        id_token, ini,
        maker::Maker,
        profile::{Profile, ProfileFile},
    },
    variables::{self, is_on},
};

/// The profile that is asked for by name.
pub(super) struct NamedProfile {
    name: String,
    file: Result<CredentialsFile, Failure>,
    profile: Result<Profile, Failure>,
}

impl NamedProfile {
    pub(super) fn read(name: &str, file: Result<CredentialsFile, Failure>) -> Self {
        let profile = match &file {
            Ok(file) if file.is_json() => ProfileFile::new(&file.text).profile(name),
            Ok(_) => Err(Failure::Unusable("the file is not in the CLI's form".into())),
            Err(failure) => Err(failure.clone()),
        };
        Self { name: name.to_owned(), file, profile }
    }

    pub(super) fn readable(&self) -> Option<&Profile> {
        self.profile.as_ref().ok()
    }

    /// Why there is no such profile, where there is none.
    pub(super) fn failure(&self) -> Option<String> {
        Some(format!("{}: {}", self.label(), self.profile.as_ref().err()?))
    }

    fn label(&self) -> String {
        match &self.file {
            Ok(file) => format!("the profile {} of {}", self.name, file.path),
            Err(_) => format!("the profile {}", self.name),
        }
    }

    pub(super) fn choose(&self, maker: &Maker<'_>) -> Option<Choice> {
        // The official provider's library for these modes has that switch, its own code has not.
        let forbidden = self.readable().is_some_and(Profile::is_fetched)
            && is_on(maker.ctx.env.as_ref(), variables::CLI_PROFILE_DISABLED);
        let source = match (&self.file, &self.profile) {
            _ if forbidden => Err(Failure::forbidden(variables::CLI_PROFILE_DISABLED)),
            (Ok(file), Ok(profile)) => ProfileFile::new(&file.text).source(profile, maker),
            (Err(failure), _) | (_, Err(failure)) => Err(failure.clone()),
        };
        Choice::new(self.label(), source)
    }
}

impl Planner<'_> {
    /// The named profile as a whole, whatever its mode; else a section of that name.
    pub(super) async fn named_profile(&mut self) -> Option<Choice> {
        let named = self.profile.as_ref()?;
        if named.profile.is_ok() {
            return named.choose(&self.maker);
        }
        match self.section(&named.name).await {
            Ok(section) => section,
            Err(declined) => {
                let choice = named.choose(&self.maker);
                self.declined.extend(declined);
                choice
            }
        }
    }

    /// What the SDKs try where nothing is named: an ID token of the environment, the CLI's current
    /// profile, the default section of the ini file. A file that the configuration names comes
    /// before one that it does not.
    pub(super) async fn sdk_chain(&mut self) -> Option<Choice> {
        match id_token::of_environment(&self.maker) {
            Ok(choice) => return choice,
            Err((name, reason)) => self.decline(name, reason),
        };
        if !self.locations.named_in_configuration {
            return self.profile_then_section().await;
        }
        match self.named_form().await {
            Some(Ok(Form::Json)) => self.profile_then_section().await,
            Some(Err(failure)) => {
                Choice::new("the file of profiles that the configuration names", Err(failure))
            }
            _ => match self.default_section().await {
                Some(choice) => Some(choice),
                None => self.current_profile().await,
            },
        }
    }

    async fn profile_then_section(&mut self) -> Option<Choice> {
        match self.current_profile().await {
            Some(choice) => Some(choice),
            None => self.default_section().await,
        }
    }

    /// The form of the named file, where one is named.
    async fn named_form(&self) -> Option<Result<Form, Failure>> {
        let path = self.locations.named.as_ref()?;
        let file = files::read(path, self.maker.ctx, self.deadline).await;
        Some(file.map(|file| if file.is_json() { Form::Json } else { Form::Ini }))
    }

    async fn current_profile(&mut self) -> Option<Choice> {
        let name = "the current profile of the CLI";
        if is_on(self.maker.ctx.env.as_ref(), variables::CLI_PROFILE_DISABLED) {
            return self.decline(name, Failure::forbidden(variables::CLI_PROFILE_DISABLED));
        }
        let path = match &self.locations.named {
            Some(named) if matches!(self.named_form().await, Some(Ok(Form::Json))) => named,
            _ => &self.locations.cli,
        };
        let file = match files::read(path, self.maker.ctx, self.deadline).await {
            Ok(file) => file,
            Err(failure) => return self.decline(name, failure),
        };
        let profiles = ProfileFile::new(&file.text);
        let profile = profiles.current().and_then(|name| profiles.profile(&name));
        let profile = match profile {
            Ok(profile) => profile,
            Err(failure) => {
                return self.decline(format!("{name} in {}", file.path), failure);
            }
        };
        if let (true, region) = (self.fields.region.is_empty(), profile.members.text("region_id"))
            && !region.is_empty()
        {
            region.clone_into(&mut self.maker.region);
        }
        let name = format!("the profile {} of {}", profile.name, file.path);
        Choice::new(name, profiles.source(&profile, &self.maker))
    }

    async fn default_section(&mut self) -> Option<Choice> {
        match self.section("default").await {
            Ok(choice) => choice,
            Err(declined) => {
                self.declined.extend(declined);
                None
            }
        }
    }

    /// The section `name` of the first ini file that there is.
    async fn section(&self, name: &str) -> Result<Option<Choice>, Vec<(String, String)>> {
        let is_json = matches!(self.named_form().await, Some(Ok(Form::Json)));
        let named = self.locations.named.iter().filter(|_| !is_json);
        let mut declined = Vec::new();
        for path in named.chain(&self.locations.ini) {
            let file = match files::read(path, self.maker.ctx, self.deadline).await {
                Ok(file) => file,
                Err(failure) => {
                    declined.push(("the SDKs' credentials file".into(), failure.to_string()));
                    continue;
                }
            };
            let label = format!("the section {name} of {}", file.path);
            let section = ini::find_section(&file.text, name);
            match section {
                Ok(section) => {
                    return Ok(Choice::new(label, ini::source(&section, &self.maker)));
                }
                Err(failure) => declined.push((label, failure.to_string())),
            }
        }
        Err(declined)
    }
}

/// The form of a file of profiles.
enum Form {
    Ini,
    Json,
}
