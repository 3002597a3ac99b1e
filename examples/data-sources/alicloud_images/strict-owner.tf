# If the owner restriction is removed, the read fails instead of warning.
data "alicloud_images" "appliance" {
  owners              = "others"
  image_owner_id      = "1998877665544332"
  name_regex          = "^partner-appliance-"
  most_recent         = true
  allow_unsafe_filter = false
}

output "image_id" {
  value = data.alicloud_images.appliance.images[0].id
}
