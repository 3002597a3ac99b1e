# What instances created from the image support.
data "alicloud_image" "arm" {
  owners      = "system"
  name_regex  = "^aliyun_3_arm64"
  most_recent = true
}

output "boot_mode" {
  value = data.alicloud_image.arm.boot_mode
}

output "nvme_support" {
  value = data.alicloud_image.arm.features.nvme_support
}
