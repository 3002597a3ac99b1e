terraform {
  required_providers {
    alicloud = {
      source = "alicloud-rs/alicloud"
    }
  }
}

# Credentials and, for the mock, the endpoint come from the environment: the same
# configuration runs against the mock and against Alibaba Cloud.
provider "alicloud" {
  region = "cn-hangzhou"
}

# The newest Ubuntu 22.04 for x86_64 among the images that Alibaba Cloud publishes.
data "alicloud_images" "ubuntu" {
  owners      = "system"
  name_regex  = "^ubuntu_22_04_x64"
  most_recent = true
}

# Every Arm image, in the order of the API.
data "alicloud_images" "arm" {
  owners       = "system"
  architecture = "arm64"
}

output "ubuntu_image_id" {
  value = data.alicloud_images.ubuntu.images[0].id
}

output "arm_image_ids" {
  value = data.alicloud_images.arm.ids
}
