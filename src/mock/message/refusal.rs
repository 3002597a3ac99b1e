//! Errors of the API: status, code and text. Source: ECS API, DescribeImages, error codes; gateway,
//! common error codes. `docs/mock-ecs-differences.md` lists the texts that are not documented.

use std::borrow::Cow;

/// An error of the API.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: Cow<'static, str>,
    pub(crate) message: Cow<'static, str>,
}

impl Refusal {
    pub(crate) const fn new(status: u16, code: &'static str, message: &'static str) -> Self {
        Self { status, code: Cow::Borrowed(code), message: Cow::Borrowed(message) }
    }

    /// The documented error of this code; for any other code, status 400 and a text that names it.
    pub(crate) fn known(code: &str) -> Self {
        let known = KNOWN.iter().find(|(_, known, _)| *known == code);
        match known {
            Some((status, code, message)) => Self::new(*status, code, message),
            None => Self {
                status: 400,
                code: code.to_owned().into(),
                message: format!("The request was refused with {code}.").into(),
            },
        }
    }

    /// A mandatory parameter of the gateway is missing: `MissingTimestamp` and the like.
    pub(crate) fn missing(name: &str) -> Self {
        Self {
            status: 400,
            code: format!("Missing{name}").into(),
            message: format!("{name} is mandatory for this action.").into(),
        }
    }

    /// A mandatory parameter of an action is missing.
    pub(crate) fn missing_parameter(name: &str) -> Self {
        let message = format!(
            "The input parameter \"{name}\" that is mandatory for processing this request is not supplied."
        );
        Self { status: 400, code: "MissingParameter".into(), message: message.into() }
    }

    /// A parameter has a value that is not valid.
    pub(crate) fn invalid_parameter(name: &str) -> Self {
        Self {
            status: 400,
            code: "InvalidParameter".into(),
            message: format!("The specified parameter \"{name}\" is not valid.").into(),
        }
    }

    #[must_use]
    pub(crate) fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.message = message.into();
        self
    }

    #[must_use]
    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }
}

/// Every code with its documented status and text.
pub(crate) const KNOWN: &[(u16, &str, &str)] = &[
    (
        403,
        "CurrentAccount.NotSupportPublicImage",
        "Public image is not supported for current account.",
    ),
    (400, "DryRunOperation", "Request validation has been passed with DryRun flag set."),
    (403, "Forbidden.AccessKeyDisabled", "The access key is disabled."),
    (403, "Forbidden.NotSupportRAM", "This action does not support accessed by RAM mode."),
    (
        403,
        "Forbidden.RAM",
        "User not authorized to operate on the specified resource, or this API doesn't support RAM.",
    ),
    (403, "Forbidden.RiskControl", "This operation is forbidden by risk control."),
    (403, "Forbidden.SubUser", "The specified action is not available for you."),
    (
        403,
        "Forbidden.Unauthorized",
        "A required authorization for the specified action is not supplied.",
    ),
    (
        400,
        "IllegalTimestamp",
        "The input parameter \"Timestamp\" that is mandatory for processing this request is not supplied.",
    ),
    (400, "IncompleteSignature", "The request signature does not conform to Aliyun standards."),
    (400, "InsufficientBalance", "Your account does not have enough balance."),
    (400, "DependencyViolation", "There is still instance(s) in the specified resource."),
    (400, "DependencyViolation.SecurityGroup", "Specified object has dependent resources."),
    (400, "DependencyViolation.VSwitch", "Specified object has dependent resources."),
    (
        403,
        "DependencyViolation.WindowsInstance",
        "The instance creating is windows, cannot use ssh key pair to login.",
    ),
    (
        403,
        "ImageNotSupportInstanceType",
        "The specified image does not support the specified InstanceType.",
    ),
    (400, "IncorrectEipStatus", "Current elastic IP status does not support this operation."),
    (
        403,
        "IncorrectInstanceStatus",
        "The current status of the resource does not support this operation.",
    ),
    (404, "InvalidAllocationId.NotFound", "Specified allocation ID is not found."),
    (404, "InvalidInstanceId.NotFound", "The specified InstanceId does not exist."),
    (400, "InvalidKeyPairName.Malformed", "Specified Key Pair name is not valid."),
    (
        400,
        "InvalidKeyPairName.NotFound",
        "The specified KeyPairName does not exist in our records.",
    ),
    (400, "InvalidPublicKeyBody.Malformed", "The PublicKeyBody format is not supported."),
    (404, "InvalidSecurityGroupId.NotFound", "The specified SecurityGroupId does not exist."),
    (404, "InvalidVpcId.NotFound", "Specified VPC does not exist."),
    (404, "InvalidVSwitchId.NotFound", "Specified virtual switch does not exist."),
    (404, "InvalidZoneId.NotFound", "The specified zone does not exist."),
    (400, "KeyPair.AlreadyExist", "The key pair already exist."),
    (403, "QuotaExceed.KeyPair", "The key pair quota exceeds."),
    (400, "QuotaExceeded", "The quota of this resource is exceeded."),
    (500, "InternalError", "The request processing has failed due to some unknown error."),
    (400, "InvalidAccessKeyId.Inactive", "Specified access key is disabled."),
    (404, "InvalidAccessKeyId.NotFound", "Specified access key is not found."),
    (403, "InvalidAction", "The specified action is not valid."),
    (404, "InvalidApi.NotFound", "Specified api is not found, please check your url and method."),
    (404, "InvalidArchitecture", "The specified Architecture is not valid"),
    (404, "InvalidFilterKey.NotFound", "The specified Filter Key is not found."),
    (404, "InvalidFilterValue", "The specified Filter Value is not valid."),
    (
        400,
        "InvalidFilterValue.NetworkType",
        "The specified networkType value in the Filter is invalid.",
    ),
    (
        400,
        "InvalidImageOwnerAlias.PublicImageUnsupported",
        "The specified ImageOwnerAlias must be others when IsPublic is true.",
    ),
    (
        400,
        "InvalidImageOwnerAlias.ValueNotSupported",
        "The specified ImageOwnerAlias value is not supported.",
    ),
    (
        400,
        "InvalidInstanceType.ValueNotSupported",
        "The specified instance type is not supported; see DescribeInstanceTypes for those that exist.",
    ),
    (404, "InvalidImageId.NotFound", "The specified ImageId does not exist."),
    (400, "InvalidImageName.Duplicated", "The specified Image name has already been used."),
    (400, "InvalidImageName.Malformed", "The specified Image name is wrongly formed."),
    (404, "InvalidAccount.Forbbiden", "An image cannot be shared with its own account."),
    (404, "InvalidAccount.NotFound", "The specified account does not exist."),
    (404, "InvalidResourceId.NotFound", "The specified ResourceId is not found in our records."),
    (
        404,
        "InvalidResourceType.NotFound",
        "The ResourceType provided does not exist in our records.",
    ),
    (404, "InvalidSnapshotId.NotFound", "The specified SnapshotId does not exist."),
    (400, "InvalidTagKey.Malformed", "The specified Tag.n.Key is not valid."),
    (400, "NumberExceed.Tags", "The Tags parameter's number is exceed."),
    (400, "NumberExceed.ResourceIds", "The ResourceIds parameter's number is exceed."),
    (
        400,
        "ImageCreatedNotFromCopy",
        "The specified image is not the target image of a copy action.",
    ),
    (403, "ImageIsCreating", "The specified image is being created."),
    (403, "ImageUseShared", "The specified image has been shared to others."),
    (403, "ImageUsingByInstance", "The specified image has been used to create instances."),
    (403, "Image.NotPublic", "The image is not a community image."),
    (403, "Image.Public", "The image is a community image."),
    (403, "ImageStatus.NotAvailable", "The image is not Available."),
    (403, "ImageStatus.NotDeprecated", "The image is not Deprecated."),
    (
        400,
        "IncorrectImageStatus",
        "The current status of the resource does not support this operation.",
    ),
    (
        403,
        "InvalidOperation.FeaturesImdsSupportNotMatch",
        "Features.ImdsSupport cannot go back from v2 to v1.",
    ),
    (403, "InvalidStatus.ImageIsCreating", "The image is being created; wait until it is there."),
    // These two are spelled this way in the reference.
    (
        403,
        "OperationDeined.EncryptedSnapshot",
        "The image has encrypted snapshots; its copy must be encrypted too.",
    ),
    (
        403,
        "OperationDeined.ImageUsingByInstance",
        "The boot mode cannot be changed while instances use the image.",
    ),
    (403, "OperationDenied.ImageCopying", "The Image is coping."),
    (403, "OperationDenied.InvalidImageStatus", "The image is deprecated and cannot be shared."),
    (
        403,
        "OperationDenied.SameRegionOnly",
        "An image that another account shares can be copied only within its region.",
    ),
    (403, "QuotaExceed.ShareImageUser", "The image is shared with as many accounts as it can be."),
    (400, "DestinationRegion.NotFound", "The specified DestinationRegionId does not exist."),
    (404, "InvalidOSType", "The specified OSType is not valid"),
    (
        400,
        "InvalidOperation.ImageOwnerIdUnsupported",
        "ImageOwnerId is valid only for shared or community images",
    ),
    (400, "InvalidOwner", "OwnerId and OwnerAccount can't be used at one API access."),
    (400, "InvalidOwnerAccount", "The specified OwnerAccount is not valid."),
    (400, "InvalidOwnerId", "The specified OwnerId is not valid."),
    (400, "InvalidParameter", "The specified parameter is not valid."),
    (400, "InvalidParamter", "Invalid Parameter."),
    (404, "InvalidProduct.NotFound", "Cannot find product according to your specified domain."),
    (404, "InvalidProtocol.NeedSsl", "Your request is denied as lack of ssl protect."),
    (404, "InvalidRegionId.NotFound", "The specified RegionId does not exist."),
    (400, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired."),
    (400, "InvalidSecurityToken.Malformed", "Specified SecurityToken is malformed."),
    (
        400,
        "InvalidSecurityToken.MismatchWithAccessKey",
        "Specified SecurityToken mismatch with the AccessKey.",
    ),
    (400, "InvalidTag.Mismatch", "The specified Tag.n.Key and Tag.n.Value are not match."),
    (400, "InvalidTagCount", "The specified tags are beyond the permitted range."),
    (400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired."),
    (400, "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted."),
    (404, "InvalidUsage", "The specified Usage is not valid"),
    (400, "MissingSecurityToken", "SecurityToken is mandatory for this action."),
    (409, "OperationConflict", "The operation conflicts with another one."),
    (
        403,
        "RealNameAuthenticationError",
        "Your account has not passed the real-name authentication yet.",
    ),
    (403, "SnapshotCreatedImage", "The snapshot has been used to create user defined image(s)."),
    (503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server."),
    (503, "ServiceUnavailable.RegionMaintaining", "The region is under maintenance."),
    (
        400,
        "SignatureDoesNotMatch",
        "Specified signature is not matched with our calculation. server string to sign is:",
    ),
    (400, "SignatureNonceUsed", "Specified signature nonce was used already."),
    (400, "Throttling", "Request was denied due to request throttling."),
    (400, "Throttling.Api", "Request was denied due to api flow control."),
    (400, "Throttling.User", "Request was denied due to user flow control."),
    (400, "UnknownError", "The request processing has failed due to some unknown error."),
    (403, "UnsupportedHTTPMethod", "This http method is not supported."),
    (400, "UnsupportedOperation", "The specified action is not supported."),
    (400, "UnsupportedParameter", "The specified parameter is not supported."),
];
