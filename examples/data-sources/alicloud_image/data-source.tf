# Exactly one image. No image, or several without `most_recent`, is an error.
data "alicloud_image" "ubuntu" {
  owners      = "system"
  name_regex  = "^ubuntu_22_04_x64"
  most_recent = true
}

output "image_id" {
  value = data.alicloud_image.ubuntu.id
}
