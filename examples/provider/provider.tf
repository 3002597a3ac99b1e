terraform {
  required_providers {
    alicloud = {
      source = "alicloud-rs/alicloud"
    }
  }
}

# The access key and secret come from the environment: ALICLOUD_ACCESS_KEY and
# ALICLOUD_SECRET_KEY. The region can come from ALICLOUD_REGION.
provider "alicloud" {
  region = "cn-hangzhou"
}

data "alicloud_images" "ubuntu" {
  owners      = "system"
  name_regex  = "^ubuntu_22_04_x64"
  most_recent = true
}

output "image_id" {
  value = data.alicloud_images.ubuntu.images[0].id
}
