# An empty result is an error that lists the filters and the nearest matches.
data "alicloud_images" "debian" {
  owners      = "system"
  name_regex  = "^debian_12_.*_x64"
  most_recent = true
  must_match  = true
}

output "image_id" {
  value = data.alicloud_images.debian.images[0].id
}
