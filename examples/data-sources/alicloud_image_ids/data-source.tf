# The IDs of all own images, with nothing else in the state.
data "alicloud_image_ids" "own" {
  owners = "self"
}

output "ids" {
  value = data.alicloud_image_ids.own.ids
}

output "count" {
  value = data.alicloud_image_ids.own.total_count
}
