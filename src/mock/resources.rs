//! The resources other than images, as far as building an image needs them: key pairs, networks,
//! security groups, addresses and instances.

use serde_json::{Map, Value};

/// The kind of a resource.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    KeyPair,
    Vpc,
    VSwitch,
    SecurityGroup,
    Address,
    Instance,
}

/// The names that the API uses for a kind. Source: ECS API, the references of the actions that create, describe and
/// delete one.
pub(super) struct Names {
    /// The parameter and the member that identify one.
    pub(super) id: &'static str,
    /// The beginning of an ID; empty for key pairs, whose names the user chooses.
    pub(super) prefix: &'static str,
    /// The member that lists them, and the one for each item in it.
    pub(super) list: [&'static str; 2],
    /// The error code for one that does not exist.
    pub(super) unknown: &'static str,
}

impl Kind {
    pub(super) const fn names(self) -> Names {
        match self {
            Self::KeyPair => Names {
                id: "KeyPairName",
                prefix: "",
                list: ["KeyPairs", "KeyPair"],
                unknown: "InvalidKeyPairName.NotFound",
            },
            Self::Vpc => Names {
                id: "VpcId",
                prefix: "vpc",
                list: ["Vpcs", "Vpc"],
                unknown: "InvalidVpcId.NotFound",
            },
            Self::VSwitch => Names {
                id: "VSwitchId",
                prefix: "vsw",
                list: ["VSwitches", "VSwitch"],
                unknown: "InvalidVSwitchId.NotFound",
            },
            Self::SecurityGroup => Names {
                id: "SecurityGroupId",
                prefix: "sg",
                list: ["SecurityGroups", "SecurityGroup"],
                unknown: "InvalidSecurityGroupId.NotFound",
            },
            Self::Address => Names {
                id: "AllocationId",
                prefix: "eip",
                list: ["EipAddresses", "EipAddress"],
                unknown: "InvalidAllocationId.NotFound",
            },
            Self::Instance => Names {
                id: "InstanceId",
                prefix: "i",
                list: ["Instances", "Instance"],
                unknown: "InvalidInstanceId.NotFound",
            },
        }
    }
}

/// One resource.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub(super) kind: Kind,
    pub(super) region: String,
    /// The account that it belongs to.
    pub(super) account: u64,
    /// The ID; of a key pair the name.
    pub(super) id: String,
    /// The members, as the action that describes it returns them.
    pub(super) members: Map<String, Value>,
}

impl Resource {
    /// A member that is a text; empty for any other.
    pub(super) fn text(&self, member: &str) -> &str {
        self.members.get(member).and_then(Value::as_str).unwrap_or_default()
    }

    /// A member of a member.
    pub(super) fn within(&self, outer: &str, inner: &str) -> &Value {
        self.members.get(outer).and_then(|outer| outer.get(inner)).unwrap_or(&Value::Null)
    }

    pub(super) fn set(&mut self, member: &str, value: impl Into<Value>) {
        self.members.insert(member.to_owned(), value.into());
    }

    fn is(&self, kind: Kind, account: u64) -> bool {
        self.kind == kind && self.account == account
    }

    /// About how many bytes it takes.
    fn bytes(&self) -> usize {
        self.members.iter().map(|(name, value)| name.len() + value.to_string().len()).sum()
    }
}

/// All resources of all accounts, in the order in which they were created.
#[derive(Default)]
pub(super) struct Resources {
    /// Each with its size in bytes at creation; later changes are small.
    kept: Vec<(Resource, usize)>,
    bytes: usize,
}

/// How many resources there can be: clients create them.
const MOST: usize = 10_000;

/// How many bytes they can take.
const MOST_BYTES: usize = 32 << 20;

impl Resources {
    /// Adds resources, all or none; `false` if there would be too many.
    pub(super) fn add(&mut self, resources: Vec<Resource>) -> bool {
        let sized: Vec<_> = resources
            .into_iter()
            .map(|resource| {
                let bytes = resource.bytes();
                (resource, bytes)
            })
            .collect();
        let bytes = self.bytes + sized.iter().map(|(_, bytes)| bytes).sum::<usize>();
        let room = self.kept.len() + sized.len() <= MOST && bytes <= MOST_BYTES;
        if room {
            self.bytes = bytes;
            self.kept.extend(sized);
        }
        room
    }

    /// The resource with this ID in a region, or in any region if none is given.
    pub(super) fn find(
        &mut self,
        kind: Kind,
        account: u64,
        region: Option<&str>,
        id: &str,
    ) -> Option<&mut Resource> {
        let here = |r: &Resource| region.is_none_or(|region| r.region == region);
        let mut known = self.kept.iter_mut().map(|(resource, _)| resource);
        known.find(|r| r.is(kind, account) && r.id == id && here(r))
    }

    /// The resources of one kind that an account has.
    pub(super) fn of(&self, kind: Kind, account: u64) -> impl Iterator<Item = &Resource> {
        self.all().filter(move |resource| resource.is(kind, account))
    }

    /// The resources of all accounts.
    pub(super) fn all(&self) -> impl Iterator<Item = &Resource> {
        self.kept.iter().map(|(resource, _)| resource)
    }

    pub(super) fn remove(&mut self, resource: &Resource) {
        self.kept.retain(|(known, _)| {
            !(known.is(resource.kind, resource.account)
                && known.id == resource.id
                && known.region == resource.region)
        });
        self.bytes = self.kept.iter().map(|(_, bytes)| bytes).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_pair(account: u64, id: usize) -> Resource {
        Resource {
            kind: Kind::KeyPair,
            region: "cn-hangzhou".into(),
            account,
            id: id.to_string(),
            members: Map::new(),
        }
    }

    #[test]
    fn the_number_of_resources_is_limited() {
        let mut resources = Resources::default();
        assert!(resources.add((0..MOST).map(|n| key_pair(1, n)).collect()));
        assert!(!resources.add(vec![key_pair(2, 0)]));
        resources.remove(&key_pair(1, 7));
        assert!(!resources.add(vec![key_pair(2, 0), key_pair(2, 1)]), "all or none");
        assert!(resources.add(vec![key_pair(2, 0)]));
        assert!(resources.find(Kind::KeyPair, 1, None, "7").is_none());
        assert!(resources.find(Kind::KeyPair, 1, Some("cn-beijing"), "8").is_none());
        assert!(resources.find(Kind::KeyPair, 1, Some("cn-hangzhou"), "8").is_some());
        assert_eq!(resources.of(Kind::KeyPair, 2).count(), 1);
    }

    #[test]
    fn the_memory_of_resources_is_limited() {
        let mut resources = Resources::default();
        let mut large = key_pair(1, 0);
        large.set("Description", "x".repeat(1 << 20));
        let added = (0..100).filter(|_| resources.add(vec![large.clone()])).count();
        assert_eq!(added, 31);
        resources.remove(&large);
        assert_eq!(resources.bytes, 0);
    }
}
