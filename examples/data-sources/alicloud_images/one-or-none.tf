# An image that may not exist: its ID, or null.
data "alicloud_images" "optional" {
  owners       = "self"
  image_family = "web"
  name_regex   = "^web-server-2025.10$"
}

output "image_id" {
  value = one(data.alicloud_images.optional.ids)
}
