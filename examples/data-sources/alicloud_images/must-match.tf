# Finding none is an error here, one that says which filter is to blame and what comes closest.
data "alicloud_images" "debian" {
  owners      = "system"
  name_regex  = "^debian_12_.*_x64"
  most_recent = true
  must_match  = true
}

output "image_id" {
  value = data.alicloud_images.debian.images[0].id
}
