//! The built-in catalog: the format of its names, its regions, and the instance types.

use regex::Regex;
use serde_json::Value;
use terraform_provider_alicloud::mock::{Config, Server};

use super::client::{Answer, Call, client};

/// All images of a region, as the admin API shows them.
async fn images(server: &Server, region: &str) -> Vec<Value> {
    let url = format!("{}/_mock/images?region={region}&limit=2000", server.url());
    let answer = Answer::read(client().get(url).send().await.unwrap()).await.unwrap();
    answer.json()["Images"]["Image"].as_array().unwrap().clone()
}

fn text<'a>(image: &'a Value, name: &str) -> &'a str {
    image[name].as_str().unwrap()
}

#[tokio::test]
async fn patterns_of_published_configurations_match_as_in_the_service() {
    let server = Server::start(Config::default()).unwrap();
    let images = images(&server, "cn-hangzhou").await;
    let count = |alias: &str, pattern: &str| {
        let pattern = Regex::new(pattern).unwrap();
        let found = |image: &&Value| {
            text(image, "ImageOwnerAlias") == alias && pattern.is_match(text(image, "ImageName"))
        };
        images.iter().filter(found).count()
    };
    assert!(count("system", "") >= 250);
    for pattern in [
        "^ubuntu_18.*64",
        "^ubuntu_[0-9]+_[0-9]+_x64*",
        r"^centos_6\w{1,5}[64].*",
        "^ubuntu_22_04_x64_100G_with_gpu_driver_and_cuda_alibase",
        "^aliyun_2_1903_x64_20G_dengbao_alibase",
        "^aliyun_3_9_x64_20G_*",
        "^aliyun_3_.*_x64.*",
        "^aliyun_3_x64_20G_scc*",
        "^aliyun_3_x64_20G_(dengbao|container_optimized|uefi|qboot)_alibase",
        "^debian_13_3_x64",
        "^debian_12_5_x64_*",
        "^rockylinux_8_10_arm64",
        "^rockylinux_9_7_x64",
        "^ubuntu_26",
        "^coreos",
        "^win2022_.*_40G_uefi_alibase",
    ] {
        assert!(count("system", pattern) > 0, "{pattern}");
    }
    assert_eq!(count("marketplace", "^Fortinet FortiGate"), 1);
    // These match nothing in the service either: there, no name contains `_64`, and `*` is not a
    // glob.
    for pattern in [
        "^ubuntu_18.*_64",
        "^ubuntu_16.*_64",
        "^centos_7_9_64",
        "^centos.*_64",
        "^win2019_64",
        "^aliyun_3_*_uefi",
    ] {
        assert_eq!(count("system", pattern), 0, "{pattern}");
    }
}

#[tokio::test]
async fn a_pattern_that_ends_at_the_size_matches_all_editions() {
    let server = Server::start(Config::default()).unwrap();
    let images = images(&server, "cn-hangzhou").await;
    let newest = |pattern: &str| {
        let pattern = Regex::new(pattern).unwrap();
        let found = images.iter().filter(|image| pattern.is_match(text(image, "ImageName")));
        found.max_by_key(|image| text(image, "CreationTime")).map(|image| text(image, "ImageId"))
    };
    let trap = newest("^aliyun_3_x64_20G").unwrap();
    assert_eq!(trap, "aliyun_3_x64_20G_container_optimized_alibase_20251112.vhd");
    let plain = newest("^aliyun_3_x64_20G_alibase_").unwrap();
    assert_eq!(plain, "aliyun_3_x64_20G_alibase_20251030.vhd");
}

#[tokio::test]
async fn known_regions_have_images_and_the_error_for_others_explains_how_to_add_them() {
    let server = Server::start(Config::default()).unwrap();
    for region in ["cn-zhongwei", "us-southeast-1", "ap-southeast-8", "cn-shanghai-finance-1"] {
        let call = Call::new("DescribeImages", &[("RegionId", region)]);
        let total = call.send(server.url()).await.unwrap().text("TotalCount");
        assert!(total.parse::<u32>().unwrap() > 250, "{region}: {total}");
    }
    let call = Call::new("DescribeImages", &[("RegionId", "cn-atlantis")]);
    let answer = call.send(server.url()).await.unwrap();
    assert_eq!((answer.status, answer.text("Code").as_str()), (404, "InvalidRegionId.NotFound"));
    let message = answer.text("Message");
    assert!(message.starts_with("The specified RegionId does not exist."), "{message}");
    assert!(message.contains("--images cn-atlantis=FILE"), "{message}");
}

#[tokio::test]
async fn instance_types_follow_the_grammar_and_determine_which_images_they_run() {
    let server = Server::start(Config::default()).unwrap();
    let total = async |name: &str, value: &str| {
        let answer = Call::images(&[(name, value)]).send(server.url()).await.unwrap();
        answer.text("TotalCount").parse::<u32>().unwrap()
    };
    let x86 = total("InstanceType", "ecs.g7.large").await;
    assert_eq!(total("InstanceType", "ecs.t5-lc2m1.nano").await, x86);
    assert_eq!(total("InstanceType", "ecs.n1.tiny").await, x86);
    let arm = total("Architecture", "arm64").await;
    assert_eq!(total("InstanceType", "ecs.g8y.large").await, arm);
    let call = Call::images(&[("InstanceType", "ecs.warp.large")]);
    let answer = call.send(server.url()).await.unwrap();
    assert_eq!(answer.text("Code"), "InvalidInstanceType.ValueNotSupported");

    let region = ("RegionId", "cn-hangzhou");
    let types = async |action: &str, parameters: &[(&str, &str)]| {
        let answer = Call::new(action, parameters).send(server.url()).await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.texts("InstanceTypeId")
    };
    let all = types("DescribeInstanceTypes", &[]).await;
    assert!(all.len() > 40 && all.contains(&"ecs.n1.tiny".into()), "{all:?}");
    let family = [("InstanceTypeFamily", "ecs.g8y")];
    assert_eq!(types("DescribeInstanceTypes", &family).await, ["ecs.g8y.large", "ecs.g8y.xlarge"]);
    let named = [("InstanceTypes.1", "ecs.n1.tiny")];
    assert_eq!(types("DescribeInstanceTypes", &named).await, ["ecs.n1.tiny"]);
    let image = ("ImageId", "aliyun_3_arm64_20G_alibase_20251030.vhd");
    let arm = types("DescribeImageSupportInstanceTypes", &[region, image]).await;
    assert!(arm.iter().all(|name| name.contains("8y") || name.contains("6r")), "{arm:?}");
    let zones = Call::new("DescribeZones", &[region]).send(server.url()).await.unwrap();
    assert_eq!(zones.texts("ZoneId"), ["cn-hangzhou-h", "cn-hangzhou-i", "cn-hangzhou-j"]);
    let west = Call::new("DescribeZones", &[("RegionId", "us-west-1")]);
    assert!(west.send(server.url()).await.unwrap().texts("ZoneId").contains(&"us-west-1h".into()));
}
