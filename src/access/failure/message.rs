//! The messages about failed calls, all in one place: users search for their first lines.

use crate::diag::messages;

messages! {
    Credentials {
        CREDENTIALS_MISSING: Error "Alibaba Cloud credentials missing",
            "No source returned credentials; the message lists those that were tried.",
            "Set up one of them; see [Authentication](authentication.md).";
        CREDENTIALS_FAILED: Error "Credential source failed",
            "The configured source returned no credentials, so no other was tried.",
            "Fix it, or remove it so that the next one is tried.";
        ACCESS_KEY: Error "Access key refused",
            "The service does not know the access key, or the key is disabled.",
            "Check the ID for typos, and in the RAM console that the key is active.";
        SIGNATURE: Error "Signature refused, secret key probably wrong",
            "The secret does not belong to the access key.",
            "Set the secret again; check for whitespace or a missing end.";
        TOKEN: Error "Security token refused",
            "The token of temporary credentials has expired or belongs to another key.",
            "Get new temporary credentials; unset an old token in the environment.";
        PERMISSION: Error "Permission denied by RAM",
            "The user or role is not allowed to make the call; the message names the action.",
            "Allow `ecs:DescribeImages`, or the action in the message, in a RAM policy.";
        CLOCK: Error "Clock differs from Alibaba Cloud's",
            "The clock of this machine is off by more than the service allows.",
            "Set the clock; the message has the difference.";
    }
    Connection {
        HOST: Error "Host name not found",
            "The host of the endpoint has no address; often the region is misspelled.",
            "Check the region, the configured endpoint and the name server.";
        CONNECTION: Error "No connection to Alibaba Cloud",
            "The host does not respond, or closed the connection.",
            "Check network, firewall, port, and the proxy where one is needed.";
        TLS: Error "TLS certificate or handshake refused",
            "The certificate of the host is not trusted, or the host does not use TLS.",
            "The message says what is wrong with the certificate. Name the file with the certificate of its issuer in `ca_certificate_file`. For an endpoint without TLS, start it with `http://`.";
        PROXY: Error "Proxy not usable",
            "The proxy in the environment refused the connection or is down.",
            "Check `HTTPS_PROXY`, `HTTP_PROXY` and `ALL_PROXY`; name the host in `NO_PROXY` to bypass it.";
        LOCATION: Error "Location service failed",
            "The Location service is configured, and returned no endpoint of ECS.",
            "Correct `endpoints.location` or `LOCATION_ENDPOINT`, or remove it.";
        ENDPOINT: Error "Endpoint not usable",
            "The configured endpoint is not valid.",
            "Use a host name, with a port if it is not the default.";
        TIMED_OUT: Error "Read timed out",
            "The lookup did not finish within `timeouts.read`, or the provider's `max_retry_timeout`.",
            "See the last failure in the message; raise the timeout if the service is only slow.";
        CANCELLED: Error "Read cancelled",
            "The run was interrupted.",
            "Run again.";
    }
    Service {
        TOO_MANY: Error "Too many images for one lookup",
            "The images would take more than 512 MiB of memory, which about 150,000 average images do.",
            "Narrow the lookup by owner, family, name, status or tags, or split it into several data blocks.";
        THROTTLED: Error "Throttled by Alibaba Cloud",
            "The account's quota of calls per minute was used up until the read timed out.",
            "Run again later, lower `-parallelism`, or request a higher quota.";
        SERVICE: Error "Alibaba Cloud service failed",
            "The service reported an internal error, several times.",
            "Run again later; give the request ID to support.";
        REGION: Error "Region unknown to Alibaba Cloud",
            "There is no region with this ID, or the endpoint does not serve it.",
            "Correct `region`.";
        INSTANCE_TYPE: Error "Instance type unknown to Alibaba Cloud",
            "There is no `instance_type` with this name in the region.",
            "Correct it.";
        REFUSED: Error "Request refused by Alibaba Cloud",
            "Any other error of the service; the message has its code and text.",
            "Follow the text; look up the code in the API documentation.";
        GARBLED: Error "Invalid response",
            "The response is not one of the API: it came from a proxy, a login page or another service. It is not treated as an empty list.",
            "Check the endpoint, its port, and proxies in between.";
        INCONSISTENT: Error "Image list changed while being read",
            "Images were added or removed while the pages were read, several times.",
            "Run again; if it happens again, narrow the lookup.";
        DRY_RUN: Error "The check passed, nothing was read",
            "`dry_run` is `true`, and the request and permissions are valid.",
            "Remove `dry_run`.";
    }
}
