variable "role_arn" {
  description = "The role to take on, such as acs:ram::1234567890123456:role/terraform-read."
  type        = string
}

provider "alicloud" {
  region = "cn-hangzhou"

  assume_role {
    role_arn           = var.role_arn
    session_name       = "image-look-up"
    session_expiration = 3600
  }
}
