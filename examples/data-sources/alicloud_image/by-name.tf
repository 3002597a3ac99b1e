# An exact name. `image_name` alone would also find longer names.
data "alicloud_image" "golden" {
  owners     = "self"
  image_name = "win2022-golden"
  name_regex = "^win2022-golden$"
}

output "image_id" {
  value = data.alicloud_image.golden.id
}
