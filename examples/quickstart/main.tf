terraform {
  required_providers {
    alicloud = {
      source = "alicloud-rs/alicloud"
    }
  }
}

# Credentials and the mock's endpoint come from the environment, so the same
# configuration runs against the mock and against Alibaba Cloud.
provider "alicloud" {
  region = "cn-hangzhou"
}

# The newest Ubuntu 22.04 for x86_64 that Alibaba Cloud publishes.
data "alicloud_images" "ubuntu" {
  owners      = "system"
  name_regex  = "^ubuntu_22_04_x64"
  most_recent = true
}

# The five newest images for Arm.
data "alicloud_images" "arm" {
  owners       = "system"
  architecture = "arm64"
  sort_by      = "creation_time_desc"
  limit        = 5
}

output "ubuntu_image_id" {
  value = data.alicloud_images.ubuntu.images[0].id
}

output "arm_image_ids" {
  value = data.alicloud_images.arm.ids
}
