variable "role_arn" {
  description = "The role to assume, such as acs:ram::1234567890123456:role/terraform-read."
  type        = string
}

provider "alicloud" {
  region = "cn-hangzhou"

  assume_role {
    role_arn           = var.role_arn
    session_name       = "image-lookup"
    session_expiration = 3600
  }
}
