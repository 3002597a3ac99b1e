//! The table of actions: the products and versions, the parameters of each action, and the function
//! that implements it.

use self::Answer::{Faulty, Plain};
use super::{Exchange, ecs, other_products};
use crate::mock::{
    fault::Effects,
    message::{Refusal, Request, is_numbered, is_of_every_call},
};

/// One action of one product.
pub(crate) struct Action {
    pub(crate) version: &'static str,
    pub(crate) name: &'static str,
    /// Its own parameters. Source: the API reference of the product.
    parameters: &'static [&'static str],
    /// Its numbered lists: `Tag` stands for `Tag.1.Key`, `ResourceId` for `ResourceId.1`.
    lists: &'static [&'static str],
    /// Whether the caller must sign. Source: STS API, AssumeRoleWithOIDC, which anyone who holds an ID
    /// token may call.
    pub(crate) signed: bool,
    answer: Answer,
}

/// The function that implements it: the body of a successful response, as JSON.
enum Answer {
    Plain(fn(&Exchange<'_>) -> Result<String, Refusal>),
    /// Fault rules can change the response.
    Faulty(fn(&Effects, &Exchange<'_>) -> Result<String, Refusal>),
}

/// The parameters that every RPC action of the service accepts, in addition to those that name and
/// sign the call.
const COMMON: &[&str] = &[
    "BearerToken",
    "Format",
    "OwnerAccount",
    "OwnerId",
    "RegionId",
    "ResourceOwnerAccount",
    "ResourceOwnerId",
];

impl Action {
    const fn new(
        version: &'static str,
        name: &'static str,
        parameters: &'static [&'static str],
        lists: &'static [&'static str],
        answer: Answer,
    ) -> Self {
        Self { version, name, parameters, lists, signed: true, answer }
    }

    /// Responds to a call.
    pub(crate) fn answer(
        &self,
        effects: &Effects,
        exchange: &Exchange<'_>,
    ) -> Result<String, Refusal> {
        match self.answer {
            Plain(answer) => answer(exchange),
            Faulty(answer) => answer(effects, exchange),
        }
    }

    /// The parameters of a request that the action does not have.
    pub(crate) fn unknown_parameters<'a>(&self, request: &'a Request) -> Vec<&'a str> {
        let known = |name: &str| {
            is_of_every_call(name)
                || COMMON.contains(&name)
                || self.parameters.contains(&name)
                || self.lists.iter().any(|list| is_numbered(name, list))
        };
        request.parameters().map(|(name, _)| name).filter(|name| !known(name)).collect()
    }
}

/// The action of this version and name.
pub(crate) fn find(version: &str, name: &str) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| (action.version, action.name) == (version, name))
}

/// The error for an action that the mock does not have. Its text begins with that of the service.
pub(crate) fn missing(version: &str, name: &str) -> Refusal {
    let refusal = Refusal::known("InvalidApi.NotFound");
    let same_version: Vec<_> =
        ACTIONS.iter().filter(|action| action.version == version).map(|a| a.name).collect();
    let has = if same_version.is_empty() {
        format!(
            "It has ECS {}, STS {}, Location {} and BssOpenApi {}.",
            ecs::VERSION,
            other_products::STS_VERSION,
            other_products::LOCATION_VERSION,
            other_products::BILLING_VERSION
        )
    } else {
        format!("Of this product it has {}.", same_version.join(", "))
    };
    let text = format!("{} mock-ecs does not have {name}. {has}", refusal.message);
    refusal.with_message(text)
}

#[rustfmt::skip]
pub(crate) static ACTIONS: &[Action] = &[
    Action::new(ecs::VERSION, "DescribeImages", &["ActionType", "Architecture", "DryRun", "ImageFamily", "ImageId", "ImageName", "ImageOwnerAlias", "ImageOwnerId", "InstanceType", "IsPublic", "IsSupportCloudinit", "IsSupportIoOptimized", "OSType", "PageNumber", "PageSize", "ResourceGroupId", "ShowExpired", "SnapshotId", "Status", "Usable", "Usage"], &["Filter", "Tag"], Faulty(ecs::describe_images)),
    Action::new(ecs::VERSION, "DescribeImageFromFamily", &["ImageFamily"], &[], Plain(ecs::describe_image_from_family)),
    Action::new(ecs::VERSION, "DescribeImageSupportInstanceTypes", &["ActionType", "ImageId"], &["Filter"], Plain(ecs::describe_image_support_instance_types)),
    Action::new(ecs::VERSION, "DescribeInstanceTypes", &["AdditionalAttributes", "BaselineCredit", "CpuArchitecture", "GPUSpec", "InstanceCategory", "InstanceFamilyLevel", "InstanceTypeFamily", "LocalStorageCategory", "MaxResults", "MaximumCpuCoreCount", "MaximumCpuSpeedFrequency", "MaximumCpuTurboFrequency", "MaximumGPUAmount", "MaximumMemorySize", "MinimumBaselineCredit", "MinimumCpuCoreCount", "MinimumCpuSpeedFrequency", "MinimumCpuTurboFrequency", "MinimumDiskQuantity", "MinimumEniIpv6AddressQuantity", "MinimumEniPrivateIpAddressQuantity", "MinimumEniQuantity", "MinimumEriQuantity", "MinimumGPUAmount", "MinimumInitialCredit", "MinimumInstanceBandwidthRx", "MinimumInstanceBandwidthTx", "MinimumInstancePpsRx", "MinimumInstancePpsTx", "MinimumLocalStorageAmount", "MinimumLocalStorageCapacity", "MinimumMemorySize", "MinimumPrimaryEniQueueNumber", "MinimumQueuePairNumber", "MinimumSecondaryEniQueueNumber", "NextToken", "NvmeSupport", "PhysicalProcessorModel"], &["AdditionalAttributes", "CpuArchitectures", "GpuSpecs", "InstanceCategories", "InstanceTypeFamilies", "InstanceTypes", "LocalStorageCategories", "PhysicalProcessorModels"], Plain(ecs::describe_instance_types)),
    Action::new(ecs::VERSION, "DescribeZones", &["AcceptLanguage", "InstanceChargeType", "SpotStrategy", "Verbose"], &[], Plain(ecs::describe_zones)),
    Action::new(ecs::VERSION, "CancelCopyImage", &["ImageId"], &[], Plain(ecs::cancel_copy_image)),
    Action::new(ecs::VERSION, "CopyImage", &["ClientToken", "DestinationDescription", "DestinationImageName", "DestinationRegionId", "DryRun", "EncryptAlgorithm", "Encrypted", "ImageId", "KMSKeyId", "ResourceGroupId"], &["Tag"], Plain(ecs::copy_image)),
    Action::new(ecs::VERSION, "CreateImage", &["Architecture", "BootMode", "ClientToken", "Description", "DetectionStrategy", "DryRun", "Features.ImdsSupport", "ImageFamily", "ImageName", "ImageVersion", "InstanceId", "Platform", "ResourceGroupId", "SecureBootOptions.SecureBootSupport", "SnapshotId"], &["DiskDeviceMapping", "Tag"], Plain(ecs::create_image)),
    Action::new(ecs::VERSION, "DeleteImage", &["DryRun", "Force", "ImageId"], &[], Plain(ecs::delete_image)),
    Action::new(ecs::VERSION, "DeleteSnapshot", &["Force", "SnapshotId"], &[], Plain(ecs::delete_snapshot)),
    Action::new(ecs::VERSION, "DescribeImageSharePermission", &["ImageId", "PageNumber", "PageSize"], &[], Plain(ecs::describe_image_share_permission)),
    Action::new(ecs::VERSION, "ListTagResources", &["NextToken", "ResourceType"], &["ResourceId", "Tag", "TagFilter"], Plain(ecs::list_tag_resources)),
    Action::new(ecs::VERSION, "ModifyImageAttribute", &["BootMode", "Description", "DryRun", "Features.ImdsSupport", "Features.NvmeSupport", "ImageFamily", "ImageId", "ImageName", "LicenseType", "Status"], &[], Plain(ecs::modify_image_attribute)),
    Action::new(ecs::VERSION, "ModifyImageSharePermission", &["DryRun", "ImageId", "IsPublic", "LaunchPermission"], &["AddAccount", "RemoveAccount"], Plain(ecs::modify_image_share_permission)),
    Action::new(ecs::VERSION, "TagResources", &["ResourceType"], &["ResourceId", "Tag"], Plain(ecs::tag_resources)),
    Action::new(ecs::VERSION, "UntagResources", &["All", "ResourceType"], &["ResourceId", "TagKey"], Plain(ecs::untag_resources)),
    Action::new(ecs::VERSION, "DescribeRegions", &["AcceptLanguage", "InstanceChargeType", "ResourceType"], &[], Plain(ecs::describe_regions)),
    Action::new(ecs::VERSION, "DescribeTags", &["Category", "PageNumber", "PageSize", "ResourceId", "ResourceType"], &["Tag"], Plain(ecs::describe_tags)),
    Action::new(ecs::VERSION, "AddTags", &["ResourceId", "ResourceType"], &["Tag"], Plain(ecs::add_tags)),
    Action::new(ecs::VERSION, "AllocateEipAddress", &["ActivityId", "Bandwidth", "ClientToken", "ISP", "InternetChargeType"], &[], Plain(ecs::allocate_eip_address)),
    Action::new(ecs::VERSION, "AllocatePublicIpAddress", &["InstanceId", "IpAddress", "VlanId"], &[], Plain(ecs::allocate_public_ip_address)),
    Action::new(ecs::VERSION, "AssociateEipAddress", &["AllocationId", "InstanceId", "InstanceType"], &[], Plain(ecs::associate_eip_address)),
    Action::new(ecs::VERSION, "AttachKeyPair", &["InstanceIds", "KeyPairName"], &[], Plain(ecs::attach_key_pair)),
    Action::new(ecs::VERSION, "AuthorizeSecurityGroup", &["ClientToken", "Description", "DestCidrIp", "IpProtocol", "Ipv6DestCidrIp", "Ipv6SourceCidrIp", "NicType", "Policy", "PortRange", "Priority", "SecurityGroupId", "SourceCidrIp", "SourceGroupId", "SourceGroupOwnerAccount", "SourceGroupOwnerId", "SourcePortRange", "SourcePrefixListId"], &["Permissions"], Plain(ecs::authorize_security_group)),
    Action::new(ecs::VERSION, "AuthorizeSecurityGroupEgress", &["ClientToken", "Description", "DestCidrIp", "DestGroupId", "DestGroupOwnerAccount", "DestGroupOwnerId", "DestPrefixListId", "IpProtocol", "Ipv6DestCidrIp", "Ipv6SourceCidrIp", "NicType", "Policy", "PortRange", "Priority", "SecurityGroupId", "SourceCidrIp", "SourcePortRange"], &["Permissions"], Plain(ecs::authorize_security_group)),
    Action::new(ecs::VERSION, "CreateInstance", &["Affinity", "AutoRenew", "AutoRenewPeriod", "ClientToken", "ClusterId", "CreditSpecification", "DedicatedHostId", "DeletionProtection", "DeploymentSetGroupNo", "DeploymentSetId", "Description", "DryRun", "HibernationOptions.Configured", "HostName", "HpcClusterId", "HttpEndpoint", "HttpPutResponseHopLimit", "HttpTokens", "ImageFamily", "ImageId", "InnerIpAddress", "InstanceChargeType", "InstanceName", "InstanceType", "InternetChargeType", "InternetMaxBandwidthIn", "InternetMaxBandwidthOut", "IoOptimized", "KeyPairName", "ManagedHostId", "NodeControllerId", "Password", "PasswordInherit", "Period", "PeriodUnit", "PrivateIpAddress", "PrivatePoolOptions.Id", "PrivatePoolOptions.MatchCriteria", "RamRoleName", "ResourceGroupId", "SecurityEnhancementStrategy", "SecurityGroupId", "SpotDuration", "SpotInterruptionBehavior", "SpotPriceLimit", "SpotStrategy", "StorageSetId", "StorageSetPartitionNumber", "SystemDisk.Category", "SystemDisk.Description", "SystemDisk.DiskName", "SystemDisk.PerformanceLevel", "SystemDisk.Size", "SystemDisk.StorageClusterId", "Tenancy", "UseAdditionalService", "UserData", "VSwitchId", "VlanId", "ZoneId"], &["Arn", "DataDisk", "Tag"], Plain(ecs::create_instance)),
    Action::new(ecs::VERSION, "CreateKeyPair", &["KeyPairName", "ResourceGroupId"], &["Tag"], Plain(ecs::create_key_pair)),
    Action::new(ecs::VERSION, "CreateSecurityGroup", &["ClientToken", "Description", "ResourceGroupId", "SecurityGroupName", "SecurityGroupType", "ServiceManaged", "VpcId"], &["Tag"], Plain(ecs::create_security_group)),
    Action::new(ecs::VERSION, "CreateVSwitch", &["CidrBlock", "ClientToken", "Description", "VSwitchName", "VpcId", "ZoneId"], &[], Plain(ecs::create_v_switch)),
    Action::new(ecs::VERSION, "CreateVpc", &["CidrBlock", "ClientToken", "Description", "UserCidr", "VpcName"], &[], Plain(ecs::create_vpc)),
    Action::new(ecs::VERSION, "DeleteInstance", &["DryRun", "Force", "ForceStop", "InstanceId", "TerminateSubscription"], &[], Plain(ecs::delete_instance)),
    Action::new(ecs::VERSION, "DeleteKeyPairs", &["KeyPairNames"], &[], Plain(ecs::delete_key_pairs)),
    Action::new(ecs::VERSION, "DeleteSecurityGroup", &["SecurityGroupId"], &[], Plain(ecs::delete_security_group)),
    Action::new(ecs::VERSION, "DeleteVSwitch", &["VSwitchId"], &[], Plain(ecs::delete_v_switch)),
    Action::new(ecs::VERSION, "DeleteVpc", &["VpcId"], &[], Plain(ecs::delete_vpc)),
    Action::new(ecs::VERSION, "DescribeEipAddresses", &["AllocationId", "AssociatedInstanceId", "AssociatedInstanceType", "ChargeType", "EipAddress", "ISP", "LockReason", "PageNumber", "PageSize", "Status"], &["Filter"], Plain(ecs::describe_eip_addresses)),
    Action::new(ecs::VERSION, "DescribeInstances", &["AdditionalAttributes", "DeviceAvailable", "DryRun", "EipAddresses", "HpcClusterId", "HttpEndpoint", "HttpPutResponseHopLimit", "HttpTokens", "ImageId", "InnerIpAddresses", "InstanceChargeType", "InstanceIds", "InstanceName", "InstanceNetworkType", "InstanceType", "InstanceTypeFamily", "InternetChargeType", "IoOptimized", "KeyPairName", "LockReason", "MaxResults", "NeedSaleCycle", "NextToken", "PageNumber", "PageSize", "PrivateIpAddresses", "PublicIpAddresses", "RdmaIpAddresses", "ResourceGroupId", "SecurityGroupId", "Status", "VSwitchId", "VpcId", "ZoneId"], &["AdditionalAttributes", "EipAddresses", "Filter", "Ipv6Address", "Tag"], Plain(ecs::describe_instances)),
    Action::new(ecs::VERSION, "DescribeKeyPairs", &["IncludePublicKey", "KeyPairFingerPrint", "KeyPairName", "PageNumber", "PageSize", "ResourceGroupId"], &["Tag"], Plain(ecs::describe_key_pairs)),
    Action::new(ecs::VERSION, "DescribeSecurityGroups", &["DryRun", "FuzzyQuery", "IsQueryEcsCount", "MaxResults", "NetworkType", "NextToken", "PageNumber", "PageSize", "ResourceGroupId", "SecurityGroupId", "SecurityGroupIds", "SecurityGroupName", "SecurityGroupType", "ServiceManaged", "VpcId"], &["Tag"], Plain(ecs::describe_security_groups)),
    Action::new(ecs::VERSION, "DescribeVSwitches", &["IsDefault", "PageNumber", "PageSize", "VSwitchId", "VpcId", "ZoneId"], &[], Plain(ecs::describe_v_switches)),
    Action::new(ecs::VERSION, "DescribeVpcs", &["IsDefault", "PageNumber", "PageSize", "VpcId"], &[], Plain(ecs::describe_vpcs)),
    Action::new(ecs::VERSION, "DetachKeyPair", &["InstanceIds", "KeyPairName"], &[], Plain(ecs::detach_key_pair)),
    Action::new(ecs::VERSION, "ImportKeyPair", &["KeyPairName", "PublicKeyBody", "ResourceGroupId"], &["Tag"], Plain(ecs::import_key_pair)),
    Action::new(ecs::VERSION, "ReleaseEipAddress", &["AllocationId"], &[], Plain(ecs::release_eip_address)),
    Action::new(ecs::VERSION, "RemoveTags", &["ResourceId", "ResourceType"], &["Tag"], Plain(ecs::remove_tags)),
    Action::new(ecs::VERSION, "RunInstances", &["Affinity", "Amount", "AutoPay", "AutoReleaseTime", "AutoRenew", "AutoRenewPeriod", "ClientToken", "ClockOptions.PtpStatus", "CpuOptions.Core", "CpuOptions.NestedVirtualization", "CpuOptions.Numa", "CpuOptions.ThreadsPerCore", "CpuOptions.TopologyType", "CreditSpecification", "DedicatedHostId", "DeletionProtection", "DeploymentSetGroupNo", "DeploymentSetId", "Description", "DryRun", "HibernationOptions.Configured", "HostName", "HpcClusterId", "HttpEndpoint", "HttpPutResponseHopLimit", "HttpTokens", "ImageFamily", "ImageId", "ImageOptions.LoginAsNonRoot", "InstanceChargeType", "InstanceName", "InstanceType", "InternetChargeType", "InternetMaxBandwidthIn", "InternetMaxBandwidthOut", "IoOptimized", "Ipv6AddressCount", "Isp", "KeyPairName", "LaunchTemplateId", "LaunchTemplateName", "LaunchTemplateVersion", "ManagedHostId", "MinAmount", "NetworkInterfaceQueueNumber", "NetworkOptions.BandwidthWeighting", "NetworkOptions.EnableJumboFrame", "NetworkOptions.EnableNetworkEncryption", "Password", "PasswordInherit", "Period", "PeriodUnit", "PrivateDnsNameOptions.EnableInstanceIdDnsAAAARecord", "PrivateDnsNameOptions.EnableInstanceIdDnsARecord", "PrivateDnsNameOptions.EnableIpDnsARecord", "PrivateDnsNameOptions.EnableIpDnsPtrRecord", "PrivateDnsNameOptions.HostnameType", "PrivateIpAddress", "PrivatePoolOptions.Id", "PrivatePoolOptions.MatchCriteria", "RamRoleName", "ResourceGroupId", "SchedulerOptions.DedicatedHostClusterId", "SecurityEnhancementStrategy", "SecurityGroupId", "SecurityOptions.ConfidentialComputingMode", "SecurityOptions.EnableSecureBoot", "SecurityOptions.TrustedSystemMode", "SpotDuration", "SpotInterruptionBehavior", "SpotPriceLimit", "SpotStrategy", "StorageSetId", "StorageSetPartitionNumber", "SystemDisk.AutoSnapshotPolicyId", "SystemDisk.BurstingEnabled", "SystemDisk.Category", "SystemDisk.Description", "SystemDisk.DiskName", "SystemDisk.EncryptAlgorithm", "SystemDisk.Encrypted", "SystemDisk.KMSKeyId", "SystemDisk.PerformanceLevel", "SystemDisk.ProvisionedIops", "SystemDisk.Size", "SystemDisk.StorageClusterId", "Tenancy", "UniqueSuffix", "UserData", "VSwitchId", "ZoneId"], &["Arn", "DataDisk", "HostNames", "Ipv6Address", "NetworkInterface", "SecurityGroupIds", "SystemTag", "Tag"], Plain(ecs::run_instances)),
    Action::new(ecs::VERSION, "StartInstance", &["DryRun", "InitLocalDisk", "InstanceId"], &[], Plain(ecs::start_instance)),
    Action::new(ecs::VERSION, "StopInstance", &["ConfirmStop", "DryRun", "ForceStop", "Hibernate", "InstanceId", "StoppedMode"], &[], Plain(ecs::stop_instance)),
    Action::new(ecs::VERSION, "UnassociateEipAddress", &["AllocationId", "InstanceId", "InstanceType"], &[], Plain(ecs::unassociate_eip_address)),
    Action::new(other_products::STS_VERSION, "AssumeRole", &["DurationSeconds", "ExternalId", "Policy", "RoleArn", "RoleSessionName", "SourceIdentity"], &[], Plain(other_products::assume_role)),
    Action { signed: false, ..Action::new(other_products::STS_VERSION, "AssumeRoleWithOIDC", &["DurationSeconds", "OIDCProviderArn", "OIDCToken", "Policy", "RoleArn", "RoleSessionName"], &[], Plain(other_products::assume_role_with_oidc)) },
    Action::new(other_products::STS_VERSION, "GetCallerIdentity", &[], &[], Plain(other_products::caller_identity)),
    Action::new(other_products::LOCATION_VERSION, "DescribeEndpoints", &["Id", "ServiceCode", "Type"], &[], Plain(other_products::describe_endpoints)),
    Action::new(other_products::BILLING_VERSION, "QueryAvailableInstances", &["CreateTimeEnd", "CreateTimeStart", "EndTimeEnd", "EndTimeStart", "InstanceIDs", "PageNum", "PageSize", "ProductCode", "ProductType", "Region", "RenewStatus", "SubscriptionType"], &[], Plain(other_products::query_available_instances)),
];
