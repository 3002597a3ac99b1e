# An error instead of a warning, should anybody take out the line that says whose image is meant.
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
