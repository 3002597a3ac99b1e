# The newest Ubuntu 22.04 for x86_64 that Alibaba Cloud publishes.
data "alicloud_images" "ubuntu" {
  owners      = "system"
  name_regex  = "^ubuntu_22_04_x64"
  most_recent = true
}

output "image_id" {
  value = data.alicloud_images.ubuntu.images[0].id
}
