//! SSH key pairs. Source: ECS API, the references of CreateKeyPair, ImportKeyPair, DescribeKeyPairs,
//! DeleteKeyPairs, AttachKeyPair and DetachKeyPair.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{any, change, create_all, describe, document, find, ids, is_like, named, new_tags};
use crate::mock::{
    hex::hex,
    keys,
    message::Refusal,
    repeatable::iso,
    resources::{Kind, Resource},
    service::Exchange,
};

/// CreateKeyPair: creates a key pair; the private key is returned only by this call.
pub(crate) fn create_key_pair(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let (region, name) = new_name(exchange)?;
    let key = keys::ssh_key().map_err(|_| Refusal::known("InternalError"))?;
    let fingerprint = fingerprint(&key.public);
    add(exchange, region, name, &fingerprint)?;
    Ok(exchange.answer(json!({
        "KeyPairId": exchange.backend.new_id("ssh"), "KeyPairName": name,
        "KeyPairFingerPrint": fingerprint, "PrivateKeyBody": key.private,
    })))
}

/// ImportKeyPair: stores the public key of a key pair that the user created.
pub(crate) fn import_key_pair(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let (region, name) = new_name(exchange)?;
    let body = exchange.request.required("PublicKeyBody")?;
    let key = body.strip_prefix("ssh-rsa ").and_then(|rest| rest.split_whitespace().next());
    let key = key.and_then(|key| BASE64_STANDARD.decode(key).ok());
    let key = key.ok_or_else(|| Refusal::known("InvalidPublicKeyBody.Malformed"))?;
    let fingerprint = fingerprint(&key);
    add(exchange, region, name, &fingerprint)?;
    Ok(exchange.answer(json!({"KeyPairName": name, "KeyPairFingerPrint": fingerprint})))
}

/// DescribeKeyPairs.
pub(crate) fn describe_key_pairs(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let wanted = exchange.request.parameter("KeyPairName");
    describe(exchange, Kind::KeyPair, &["KeyPairFingerPrint", "ResourceGroupId"], |pair| {
        wanted.is_none_or(|wanted| is_like(&pair.id, wanted))
    })
}

/// DeleteKeyPairs: deleting a name that does not exist is not an error.
pub(crate) fn delete_key_pairs(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    exchange.region()?;
    exchange.request.required("KeyPairNames")?;
    for name in ids(exchange, "KeyPairNames")?.unwrap_or_default() {
        if let Ok(pair) = find(exchange, Kind::KeyPair, &name) {
            exchange.backend.resources().remove(&pair);
        }
    }
    Ok(exchange.done())
}

/// AttachKeyPair: gives Linux instances the key pair.
pub(crate) fn attach_key_pair(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    bind(exchange, |instance, name| instance.set("KeyPairName", name))
}

/// DetachKeyPair.
pub(crate) fn detach_key_pair(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    bind(exchange, |instance, _| instance.set("KeyPairName", ""))
}

/// Changes the key pair of instances and returns a result for each.
fn bind(exchange: &Exchange<'_>, set: impl Fn(&mut Resource, &str)) -> Result<String, Refusal> {
    exchange.region()?;
    let pair = named(exchange, Kind::KeyPair)?;
    exchange.request.required("InstanceIds")?;
    let mut results = Vec::new();
    for id in ids(exchange, "InstanceIds")?.unwrap_or_default() {
        let refused = |code: &str| {
            let refusal = Refusal::known(code);
            (refusal.code, refusal.message, false)
        };
        let (code, message, success) = match find(exchange, Kind::Instance, &id) {
            Err(_) => refused("InvalidInstanceId.NotFound"),
            Ok(instance) if instance.text("OSType") == "windows" => {
                refused("DependencyViolation.WindowsInstance")
            }
            Ok(instance) => {
                change(exchange, &instance, |instance| set(instance, &pair.id));
                ("200".into(), "successful".into(), true)
            }
        };
        results.push(json!({
            "InstanceId": id, "Code": code, "Message": message, "Success": success.to_string(),
        }));
    }
    let failed = results.iter().filter(|result| result["Success"] == "false").count();
    Ok(exchange.answer(json!({
        "KeyPairName": pair.id, "TotalCount": results.len().to_string(),
        "FailCount": failed.to_string(), "Results": {"Result": results},
    })))
}

/// Region and name of a new key pair. Source: CreateKeyPair, `KeyPairName`.
fn new_name<'a>(exchange: &Exchange<'a>) -> Result<(&'a str, &'a str), Refusal> {
    let region = exchange.region()?;
    let name = exchange.request.required("KeyPairName")?;
    let allowed = |c: char| c.is_alphanumeric() || ":_-.".contains(c);
    if !name.starts_with(char::is_alphabetic)
        || !(2..=128).contains(&name.chars().count())
        || !name.chars().all(allowed)
    {
        return Err(Refusal::known("InvalidKeyPairName.Malformed"));
    }
    if any(exchange, Kind::KeyPair, |pair| pair.id == name && pair.region == region) {
        return Err(Refusal::known("KeyPair.AlreadyExist"));
    }
    /// Source: CreateKeyPair, "up to 500 key pairs in each region".
    const MOST: usize = 500;
    let resources = exchange.backend.resources();
    let pairs = resources.of(Kind::KeyPair, exchange.account());
    if pairs.filter(|pair| pair.region == region).count() >= MOST {
        return Err(Refusal::known("QuotaExceed.KeyPair"));
    }
    Ok((region, name))
}

fn add(
    exchange: &Exchange<'_>,
    region: &str,
    name: &str,
    fingerprint: &str,
) -> Result<(), Refusal> {
    let members = json!({
        "CreationTime": iso(exchange.now), "KeyPairFingerPrint": fingerprint,
        "ResourceGroupId": exchange.request.parameter("ResourceGroupId").unwrap_or_default(),
        "Tags": document(new_tags(exchange.request, "InvalidTagCount")?),
    });
    create_all(exchange, Kind::KeyPair, region, &[name.to_owned()], &members)
}

/// Sixteen bytes in the format of the service's fingerprints, which are MD5 sums.
fn fingerprint(key: &[u8]) -> String {
    let digest = Sha256::digest(key);
    let bytes: Vec<_> = digest.iter().take(16).map(|byte| hex(&[*byte])).collect();
    bytes.join(":")
}
